import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { JsonValue } from '../../src/execution/shown.js';
import type { TestService } from './service.js';

export interface Line {
  readonly type: string;
  readonly [member: string]: JsonValue | undefined;
}

/** A `POST /execute` whose answer is read line by line, no faster than the test requests lines. */
export class ExecuteCall {
  private readonly lines: AsyncGenerator<Line, void>;

  private constructor(
    private readonly outgoing: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    this.lines = linesOf(response);
  }

  /** Resolves with the head of the answer. @param body the code, or the whole body. */
  static async start(
    { port }: Pick<TestService, 'port'>,
    body: string | object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ExecuteCall> {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: '/execute',
      method: 'POST',
      headers,
      agent: false,
    });
    outgoing.end(JSON.stringify(typeof body === 'string' ? { code: body } : body));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    outgoing.on('error', () => undefined); // the missing line tells
    return new ExecuteCall(outgoing, response);
  }

  /** Returns all lines of the answer to code. */
  static async lines(
    service: Pick<TestService, 'port'>,
    body: string | object,
  ): Promise<readonly Line[]> {
    const call = await ExecuteCall.start(service, body);
    if (call.response.statusCode !== 200) throw new Error(`status ${call.response.statusCode}`);
    return call.rest();
  }

  async next(): Promise<Line> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('There are no more lines.');
    return value;
  }

  /** Resolves with the next line of this type. */
  async nextOf(type: string): Promise<Line> {
    for (;;) {
      const line = await this.next();
      if (line.type === type) return line;
    }
  }

  async rest(): Promise<readonly Line[]> {
    const rest: Line[] = [];
    for await (const line of this.lines) rest.push(line);
    return rest;
  }

  hangUp(): void {
    this.outgoing.destroy();
  }
}

/** Returns the text of a line; empty if it has none. */
export function textIn(line: Line | undefined, member = 'text'): string {
  const text = line?.[member];
  return typeof text === 'string' ? text : '';
}

/** Returns the printed text. */
export function printedIn(lines: readonly Line[], stream = 'stdout'): string {
  return lines.map((line) => (line.type === stream ? textIn(line) : '')).join('');
}

export function resultsIn(lines: readonly Line[]): readonly Line[] {
  return lines.filter(({ type }) => type === 'result');
}

/** Returns the value of the last expression. */
export function mainResultIn(lines: readonly Line[]): Line | undefined {
  return lines.find((line) => line['is_main_result'] === true);
}

export function errorIn(lines: readonly Line[]): Line | undefined {
  return lines.find(({ type }) => type === 'error');
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<Line, void> {
  let begun: string[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const [first, ...others] = chunk.toString('latin1').split('\n');
    begun.push(first!);
    for (const next of others) {
      yield JSON.parse(begun.join('')) as Line;
      begun = [next];
    }
  }
  if (begun.join('') !== '') throw new Error(`a line without its end: ${begun.join('')}`);
}
