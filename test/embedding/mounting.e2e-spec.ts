import type { IncomingMessage } from 'node:http';
import {
  type ArgumentMetadata,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type PipeTransform,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AbstractWsAdapter, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Sandbox } from '@e2b/code-interpreter';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  CodeInterpreterModule,
  DuplicateProtocolError,
  FujianModule,
  GuardedWsAdapter,
  WebSocketAdapterError,
} from '../../src/protocols.js';
import { ExecutionModule } from '../../src/index.js';
import { CAN_LOOK_AT_PROCESSES, MARK, processesMarked } from '../support/processes.js';
import { anyPython } from '../support/pythons.js';
import { requireOrSkip } from '../support/requirement.js';
import { ADAPTERS } from '../support/service.js';
import { Host, type HostApplication, type HostSettings, speakWebSocket } from './host.js';

const python = anyPython().path;
const KEY = { 'X-Key': 'K' };

@Controller({ path: 'own', version: '1' })
class OwnController {
  @Get()
  own(): string {
    return 'own';
  }
}

@WebSocketGateway({ path: 'events' })
class OwnGateway {
  @SubscribeMessage('double')
  double(_socket: unknown, number: number): object {
    return { event: 'doubled', data: 2 * number };
  }
}

/** Requires a key of every client, over HTTP and WebSocket. */
@Injectable()
class KeyGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    await new Promise(setImmediate);
    const { headers } =
      context.getType() === 'ws'
        ? context.switchToWs().getData<IncomingMessage>()
        : context.switchToHttp().getRequest<IncomingMessage>();
    return headers['x-key'] === 'K';
  }
}

/** Converts parameters like ValidationPipe with `transform: true`. */
@Injectable()
class PrimitivePipe implements PipeTransform {
  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    if (type === 'custom' || data === undefined) return value;
    if (metatype === Boolean) return value === true || value === 'true';
    return metatype === String ? String(value) : value;
  }
}

/** Accepts empty JSON bodies, which the SDK sends and Fastify's parser refuses. */
const takeEmptyJson = (app: HostApplication): void => {
  if (app.getHttpAdapter().getType() !== 'fastify') return;
  (app as NestFastifyApplication).useBodyParser('application/json', {}, (_request, body, done) => {
    const text = body.toString();
    done(null, text === '' ? undefined : JSON.parse(text));
  });
};

const guarded = (app: HostApplication): void => {
  app.useWebSocketAdapter(new GuardedWsAdapter(app));
};

describe.each(ADAPTERS)('an application on %s with settings of its own', (platform) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start({
      platform,
      imports: [
        FujianModule.register({ path: 'lab' }),
        CodeInterpreterModule.register({ path: '/lab/' }),
      ],
      controllers: [OwnController],
      providers: [
        { provide: APP_GUARD, useClass: KeyGuard },
        { provide: APP_PIPE, useClass: PrimitivePipe },
      ],
      prepare: (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
        app.enableCors({ origin: '*', credentials: true });
        speakWebSocket(app);
      },
    });
  });
  afterAll(() => host.close());

  it('keeps its routes as they are', async () => {
    const { status, text, headers } = await host.request('/api/v1/own', { headers: KEY });
    expect([status, text]).toEqual([200, 'own']);
    expect(headers.get('server')).toBeNull();
    const refused = await host.request('/api/v1/own');
    expect([refused.status, refused.headers.get('server')]).toEqual([403, null]);
    expect(refused.json).toEqual({
      statusCode: 403,
      message: 'Forbidden resource',
      error: 'Forbidden',
    });
    // Where the policy of the protocol would refuse.
    const foreign = { ...KEY, Origin: 'https://evil.test' };
    expect((await host.request('/api/v1/own', { headers: foreign })).status).toBe(200);
  });

  it('has the protocols under its prefix, whatever its versions', async () => {
    expect((await host.post('/api/lab', 'print(1)', KEY)).json.stdout).toBe('1\n');
    expect((await host.request('/api/lab', { headers: KEY })).status).toBe(200);
    expect((await host.request('/api/lab/health', { headers: KEY })).json).toBe('OK');
    expect((await host.request('/api/lab/contexts', { headers: KEY })).text).toContain('"main"');
    for (const path of ['/lab', '/api/v1/lab', '/api/v1/lab/health', '/health']) {
      expect([path, (await host.request(path, { headers: KEY })).status]).toEqual([path, 404]);
    }
  });

  it('asks its guard for the protocols too, and their policy as well', async () => {
    const unguarded = await host.post('/api/lab', 'print(1)');
    expect([unguarded.status, unguarded.json.message]).toEqual([403, 'Forbidden resource']);
    const foreign = await host.post('/api/lab', '1', { ...KEY, Origin: 'https://evil.test' });
    expect([foreign.status, foreign.json.code]).toEqual([403, 'FUJIAN_ORIGIN_NOT_ALLOWED']);
  });

  it('asks its guard at the WebSocket, before the first message', async () => {
    const socket = await host.connect('/lab/websocket', KEY);
    for (let number = 0; number < 20; number++) socket.send(`print(${number})`);
    for (let number = 0; number < 20; number++) {
      expect((await socket.nextReply()).stdout).toBe(`${number}\n`);
    }
    const refused = await host.connect('/lab/websocket');
    refused.send('intruder = 1');
    expect(await refused.closed).toBe(1008);
    const { json } = await host.post('/api/lab', 'print("intruder" in globals())', KEY);
    expect(json.stdout).toBe('False\n');
  });

  it('does not misread parameters by its pipes', async () => {
    for (const [query, left] of [
      ['isolated=1', 'False'],
      ['isolated=true', 'False'],
      ['isolated', 'False'],
      ['isolated=false', 'True'],
    ]) {
      await host.post('/api/lab', 'globals().pop("left", None)', KEY);
      await host.post(`/api/lab?${query}`, 'left = 1', KEY);
      const { json } = await host.post('/api/lab', 'print("left" in globals())', KEY);
      expect([query, json.stdout]).toEqual([query, `${left}\n`]);
    }
    expect((await host.post('/api/lab?isolated=maybe', '1', KEY)).status).toBe(400);
  });

  it('has one answer of each kind to pages that ask for permission', async () => {
    const ask = async (path: string, Origin: string) => {
      const headers = { ...KEY, Origin, 'Content-Type': 'text/plain' };
      const answer = await host.request(path, { method: 'POST', headers, body: '{"code":"1"}' });
      const vary = answer.headers.get('vary')?.split(', ') ?? [];
      return [
        answer.status,
        answer.headers.get('access-control-allow-origin'),
        vary.filter((name) => name === 'Origin').length,
      ];
    };
    for (const path of ['/api/lab', '/api/lab/execute']) {
      expect(await ask(path, 'http://localhost:3000')).toEqual([200, 'http://localhost:3000', 1]);
      expect(await ask(path, 'https://evil.test')).toEqual([403, null, 1]);
    }
  });
});

describe.each(ADAPTERS)('protocols in an application on %s', (platform) => {
  const opened: Host[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((host) => host.close()));
    vi.unstubAllEnvs();
  });

  async function start(settings: Omit<HostSettings, 'platform'>): Promise<Host> {
    const host = await Host.start({ platform, ...settings });
    opened.push(host);
    return host;
  }

  it('serve the SDK of the code interpreter at a path', async () => {
    const imports = [CodeInterpreterModule.register({ path: 'py' })];
    const { url } = await start({ imports, prepare: takeEmptyJson });
    const sandbox = await Sandbox.create({ debug: true, sandboxUrl: `${url}/py` });
    expect((await sandbox.runCode('6 * 7')).text).toBe('42');
    const context = await sandbox.createCodeContext();
    expect((await sandbox.runCode('print(1)', { context })).logs.stdout).toEqual(['1\n']);
    await sandbox.removeCodeContext(context);
    expect((await sandbox.listCodeContexts()).map(({ id }) => id)).toEqual(['main']);
  });

  it('lead to Pythons of their own, each at its path', async () => {
    const legacy = ExecutionModule.forRoot({ name: 'legacy', python });
    const host = await start({
      imports: [
        FujianModule.register({ path: 'new' }),
        CodeInterpreterModule.register({ path: 'new' }),
        FujianModule.register({ path: 'old', python: 'legacy', imports: [legacy] }),
        CodeInterpreterModule.registerAsync({
          path: 'old',
          python: 'legacy',
          imports: [legacy],
          useFactory: () => ({}),
        }),
      ],
      prepare: guarded,
    });
    await host.post('/new', 'which = "new"');
    const old = await host.connect('/old/websocket/');
    expect((await old.run('which = "old"; print(which)')).stdout).toBe('old\n');
    for (const path of ['new', 'old']) {
      const { text } = await host.postJson(`/${path}/execute`, { code: 'which' });
      expect(text).toContain(`"text":"'${path}'"`);
      const socket = await host.connect(`/${path}/contexts/main/websocket/`);
      expect((await socket.run('print(which)')).stdout).toBe(`${path}\n`);
    }
    expect((await host.post('/', '1')).status).toBe(404);
  });

  it('may be imported twice if they are the same', async () => {
    const protocol = FujianModule.register({ path: 'lab' });
    const host = await start({ imports: [protocol, protocol] });
    expect((await host.post('/lab', 'print(1)')).json.stdout).toBe('1\n');
  });

  it.each([
    ['/', [undefined, '/']],
    ['/lab', ['lab', '/lab/']],
  ])('are refused when two are at %s', async (where, [one, other]) => {
    for (const Protocol of [FujianModule, CodeInterpreterModule]) {
      const imports = [Protocol.register({ path: one }), Protocol.register({ path: other })];
      const failure = await start({ imports }).catch((error: unknown) => error as Error);
      expect(failure).toBeInstanceOf(DuplicateProtocolError);
      expect((failure as Error).message).toContain(
        `${Protocol.name} is registered twice at ${where}.`,
      );
    }
  });

  it('have to be registered', async () => {
    await expect(start({ imports: [FujianModule] })).rejects.toThrow(
      'Import FujianModule.register(), not FujianModule itself.',
    );
    await expect(start({ imports: [CodeInterpreterModule] })).rejects.toThrow(
      'Import CodeInterpreterModule.register(), not CodeInterpreterModule itself.',
    );
  });

  it('say so when the application speaks another protocol than WebSocket', async () => {
    class OtherAdapter extends AbstractWsAdapter {
      create(): object {
        return { on: () => undefined, close: (closed: () => void) => closed() };
      }
      bindMessageHandlers(): void {}
    }
    const prepare = (app: HostApplication): void => {
      app.useWebSocketAdapter(new OtherAdapter(app));
    };
    const failed = start({ imports: [FujianModule.register()], prepare });
    await expect(failed).rejects.toBeInstanceOf(WebSocketAdapterError);
    const host = await start({ imports: [FujianModule.register({ webSocket: false })], prepare });
    expect((await host.post('/', 'print(1)')).json.stdout).toBe('1\n');
  });

  it.each([
    ['WsAdapter', speakWebSocket],
    ['GuardedWsAdapter', guarded],
  ])('leave the gateways of the application alone, with %s', async (_, prepare) => {
    const host = await start({
      imports: [FujianModule.register({ path: 'lab', messageLimit: 100 })],
      providers: [OwnGateway],
      prepare,
    });
    const events = await host.connect('/events', { Origin: 'https://anywhere.test' });
    events.send(JSON.stringify({ event: 'double', data: 21, padding: 'x'.repeat(200) }));
    expect(JSON.parse(await events.nextText())).toEqual({ event: 'doubled', data: 42 });
    const offered = ['fujian.token.T', 'fujian'];
    const lab = await host.connect('/lab/websocket', {}, offered).catch(() => undefined);
    // A token where none is configured is a wrong one: closed, or refused before.
    if (lab) expect([lab.socket.protocol, await lab.closed]).toEqual(['fujian', 1008]);
    const long = await host.connect('/lab/websocket');
    long.send(`pass # ${'x'.repeat(200)}`);
    expect(await long.closed).toBe(1009);
  });

  it('say goodbye with the application', async () => {
    const host = await start({ imports: [FujianModule.register()], prepare: guarded });
    const socket = await host.connect('/websocket/');
    await host.app.close();
    expect(await socket.closed).toBe(1001);
  });

  it.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('leave no process behind', async () => {
    const mark = `embedding-${process.pid}-${Math.random()}`;
    vi.stubEnv(MARK, mark);
    const host = await start({
      imports: [FujianModule.register(), CodeInterpreterModule.register()],
    });
    const socket = await host.connect('/websocket');
    await socket.run('import subprocess; subprocess.Popen(["sleep", "60"]); print(1)');
    await host.postJson('/contexts', {});
    expect(processesMarked(mark).length).toBeGreaterThanOrEqual(4);
    await host.app.close();
    // Killed processes may take a while to disappear.
    await expect.poll(() => processesMarked(mark), { timeout: 60_000 }).toEqual([]);
    await socket.closed;
  });
});
