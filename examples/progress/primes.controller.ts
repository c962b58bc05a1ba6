import { readFile } from 'node:fs/promises';
import {
  Controller,
  Get,
  Header,
  type MessageEvent,
  ParseIntPipe,
  Query,
  Sse,
} from '@nestjs/common';
import { PythonInterpreterService } from 'fujian';
import { Observable } from 'rxjs';

@Controller()
export class PrimesController {
  constructor(private readonly python: PythonInterpreterService) {}

  @Get()
  @Header('Content-Type', 'text/html')
  page(): Promise<string> {
    return readFile('page.html', 'utf8');
  }

  /** Counts in an isolated execution, so that counts run in parallel. Leaving the page aborts its count. */
  @Sse('primes')
  count(@Query('below', ParseIntPipe) below: number): Observable<MessageEvent> {
    return new Observable((events) => {
      const left = new AbortController();
      const onProgress = (percent: number) => events.next({ type: 'progress', data: { percent } });
      const count = async () => {
        const args = [below, onProgress];
        const options = { isolated: true, signal: left.signal };
        const found = await this.python.call<number>('primes:count', args, {}, options);
        events.next({ type: 'result', data: { count: found } });
        events.complete();
      };
      count().catch((error: unknown) => events.error(error));
      return () => left.abort();
    });
  }
}
