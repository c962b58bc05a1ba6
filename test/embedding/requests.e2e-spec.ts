import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Query,
  UnauthorizedException,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import {
  ClientProxyFactory,
  type ClientTCP,
  MessagePattern,
  Payload,
  Transport,
} from '@nestjs/microservices';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ClsModule, ClsService, UseCls } from 'nestjs-cls';
import { lastValueFrom, type Observable, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ExecutionModule,
  PythonError,
  PythonErrorFilter,
  PythonInterpreterService,
  PythonJson,
} from '../../src/index.js';
import { AccessModule, FujianModule } from '../../src/protocols.js';
import { anyPython } from '../support/pythons.js';
import { ADAPTERS } from '../support/service.js';
import type { TestSocket } from '../support/test-socket.js';
import { Host, speakWebSocket } from './host.js';

const CODE = `
def work(n, note):
    note()
    print(n)
    return {"n": n, "great": 2**60 + n}
def spin(note):
    note()
    while True: pass
def fail(n): raise ValueError(n)
`;

/** The ways in which a request uses Python. */
const WAYS = ['call', 'pool', 'isolated', 'loop', 'stream', 'input', 'abort', 'fail'] as const;
type Way = (typeof WAYS)[number];

interface Request {
  readonly name: string;
  readonly n: string;
  readonly way: Way;
  /** Over HTTP it is a header. */
  readonly authorization?: string;
}

@Injectable()
class Work {
  constructor(
    @Inject(PythonInterpreterService) private readonly python: PythonInterpreterService,
    @Inject(ClsService) private readonly cls: ClsService,
  ) {}

  /** Returns what the request got from Python, and the names that its callbacks saw. */
  async for({ n, way }: Request): Promise<object> {
    const seen = new Set<unknown>();
    const note = (): void => void seen.add(this.cls.get('name'));
    const answer = await this.answer(Number(n), way, note);
    return { answer, seen };
  }

  private async answer(n: number, way: Way, note: () => void): Promise<unknown> {
    const options = { onStdout: note };
    switch (way) {
      case 'call':
        return this.python.call('__main__:work', [n, note], {}, options);
      case 'pool':
        return this.python.pool.call('builtins:print', [n], {}, options);
      case 'isolated':
        return this.python.call('__main__:work', [n, note], {}, { ...options, isolated: true });
      case 'loop': {
        const items: unknown[] = [];
        const loop = this.python.iterate('builtins:map', [note, [n, n]], {});
        for await (const item of loop) items.push(item);
        return items;
      }
      case 'stream': {
        let text = '';
        await this.python.stream(`print(${n})`).forEach((event) => {
          note();
          if (event.type === 'stdout') text += event.text;
        });
        return text;
      }
      case 'input': {
        const onInput = () => (note(), String(n));
        return (await this.python.execute('fujian_return = input()', { onInput })).return;
      }
      case 'abort': {
        const abort = new AbortController();
        const spun = () => (note(), abort.abort(n));
        const { signal } = abort;
        const error = await this.python
          .call('__main__:spin', [spun], {}, { signal })
          .catch((error: unknown) => error);
        return error instanceof PythonError && error.cause;
      }
      case 'fail':
        return this.python.call('__main__:fail', [n]);
    }
  }
}

@Controller()
class WorkController {
  constructor(@Inject(Work) private readonly work: Work) {}

  @Get('work')
  overHttp(@Query() request: Request): Promise<object> {
    return this.work.for(request);
  }

  @MessagePattern('work')
  @UseCls<[Request]>({ setup: (cls, { name }) => cls.set('name', name) })
  overTcp(@Payload() request: Request): Promise<object> {
    return this.work.for(request);
  }
}

@WebSocketGateway({ path: 'events' })
@UseFilters(PythonErrorFilter)
class WorkGateway {
  constructor(@Inject(Work) private readonly work: Work) {}

  @SubscribeMessage('work')
  @UseCls<[Request]>({ setup: (cls, { name }) => cls.set('name', name) })
  async overWebSocket(@MessageBody() request: Request): Promise<object> {
    const { answer, seen } = (await this.work.for(request)) as Record<string, unknown>;
    return { event: 'worked', data: { n: request.n, answer, seen } };
  }
}

function messageOf(context: ExecutionContext): Partial<IncomingMessage> & Partial<Request> {
  if (context.getType() === 'http') return context.switchToHttp().getRequest();
  return context.getType() === 'ws'
    ? context.switchToWs().getData()
    : context.switchToRpc().getData();
}

/** Requires a JWT of every request, message and connection. */
@Injectable()
class JwtGuard implements CanActivate {
  constructor(@Inject(JwtService) private readonly jwt: JwtService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers, authorization = headers?.authorization } = messageOf(context);
    const token = authorization?.replace('Bearer ', '') ?? '';
    await this.jwt.verifyAsync<object>(token).catch(() => {
      throw new UnauthorizedException();
    });
    return true;
  }
}

@Injectable()
class Passing implements NestInterceptor, PipeTransform {
  readonly passed = { requests: 0, values: 0 };

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(tap(() => (this.passed.requests += 1)));
  }

  transform(value: unknown): unknown {
    this.passed.values += 1;
    return value;
  }
}

function expectedOf({ name, n, way }: Request): object {
  const great = { n: Number(n), great: String(2n ** 60n + BigInt(n)) };
  const answers: Record<Exclude<Way, 'fail'>, unknown> = {
    call: great,
    pool: null,
    isolated: great,
    loop: [null, null],
    stream: `${n}\n`,
    input: n,
    abort: Number(n),
  };
  if (way === 'fail') return expect.objectContaining({ code: 'FUJIAN_PYTHON_ERROR' });
  return { answer: answers[way], seen: [name] };
}

describe.each(ADAPTERS)('an application on %s with all that Nest offers', (platform) => {
  let host: Host;
  let authorization: string;
  let client: ClientTCP;
  const sockets: TestSocket[] = [];

  beforeAll(async () => {
    host = await Host.start({
      platform,
      python: false,
      imports: [
        ExecutionModule.forRoot({ python: anyPython().path, isGlobal: true, pool: { size: 2 } }),
        ClsModule.forRoot({
          global: true,
          middleware: {
            mount: true,
            setup: (cls, request: IncomingMessage) => cls.set('name', request.headers['x-name']),
          },
        }),
        JwtModule.register({ secret: 'a secret' }),
        FujianModule.register({
          path: 'python',
          access: AccessModule.register({ ignoreAuthorization: true }),
        }),
      ],
      controllers: [WorkController],
      providers: [
        Work,
        WorkGateway,
        Passing,
        { provide: APP_GUARD, useClass: JwtGuard },
        { provide: APP_FILTER, useClass: PythonErrorFilter },
        { provide: APP_PIPE, useExisting: Passing },
        { provide: APP_INTERCEPTOR, useExisting: Passing },
        { provide: APP_INTERCEPTOR, useClass: PythonJson },
      ],
      prepare: (app) => {
        speakWebSocket(app);
        app.connectMicroservice(
          { transport: Transport.TCP, options: { port: 0, host: '127.0.0.1' } },
          { inheritAppConfig: true },
        );
      },
    });
    const [microservice] = await host.app
      .startAllMicroservices()
      .then((app) => app.getMicroservices());
    const { port } = (microservice as { unwrap(): unknown } as { unwrap(): Server })
      .unwrap()
      .address() as AddressInfo;
    client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { port },
    }) as ClientTCP;
    authorization = `Bearer ${host.app.get(JwtService, { strict: false }).sign({ sub: 'a client' })}`;
    await host.app.get(PythonInterpreterService).execute(CODE);
    for (let n = 0; n < 4; n += 1) sockets.push(await host.connect('/events'));
  });
  afterAll(async () => {
    client?.close();
    await host?.close();
  });

  /** Sends a request over one of the transports, and returns its answer. */
  const send = {
    http: async ({ name, n, way }: Request): Promise<unknown> => {
      const headers = { authorization, 'x-name': name };
      return (await host.request(`/work?way=${way}&n=${n}`, { headers })).json;
    },
    tcp: (request: Request): Promise<unknown> =>
      lastValueFrom(client.send<unknown>('work', { ...request, authorization })).catch(
        (error: unknown) => error,
      ),
    protocol: async ({ n }: Request): Promise<unknown> =>
      (await host.post('/python', `fujian_return = ${n}`, { authorization })).json,
  };

  it('gives 200 requests at once their own answers, in their own contexts', async () => {
    const requests = Array.from({ length: 200 }, (_, n): Request => {
      const way = WAYS[Math.floor(n / 4) % WAYS.length]!;
      return { name: `client ${n}`, n: String(n), way };
    });
    const events = requests.filter((_, at) => at % 4 === 3);
    for (const [at, request] of events.entries()) {
      const message = { event: 'work', data: { ...request, authorization } };
      sockets[at % sockets.length]!.send(JSON.stringify(message));
    }
    const others = requests.filter((_, at) => at % 4 !== 3);
    const answers = await Promise.all(
      others.map(async (request) => {
        const transport = (['http', 'tcp', 'protocol'] as const)[Number(request.n) % 4]!;
        return [transport, request.n, await send[transport](request)];
      }),
    );
    expect(answers).toEqual(
      others.map((request) => {
        const transport = (['http', 'tcp', 'protocol'] as const)[Number(request.n) % 4]!;
        const replied = { stdout: '', stderr: '', return: request.n };
        return [transport, request.n, transport === 'protocol' ? replied : expectedOf(request)];
      }),
    );
    const told = new Map<string, object>();
    for (const at of events.keys()) {
      const { event, data } = JSON.parse(await sockets[at % sockets.length]!.nextText()) as {
        event: string;
        data: { n: string; cause: { data: Request } };
      };
      const { n, ...answer } = data;
      told.set(event === 'exception' ? data.cause.data.n : n, answer);
    }
    expect(told).toEqual(new Map(events.map((request) => [request.n, expectedOf(request)])));
    const { passed } = host.app.get(Passing);
    expect(passed.requests).toBeGreaterThan(100);
    expect(passed.values).toBeGreaterThan(100);
  });

  it('lets nobody in without a JWT, over no transport', async () => {
    expect((await host.request('/work?way=call&n=1')).status).toBe(401);
    expect((await host.post('/python', 'print(1)')).status).toBe(401);
    const refused = lastValueFrom(client.send('work', { way: 'call', n: '1', name: 'x' }));
    await expect(refused).rejects.toMatchObject({ status: 'error' });
    const socket = await host.connect('/python/websocket');
    expect(await socket.closed).toBe(1008);
  });
});
