import type { IncomingMessage } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Module,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACCESS_OPTIONS,
  AccessModule,
  type AccessOptions,
  AccessPolicy,
  CodeInterpreterModule,
  FujianModule,
  GuardedWsAdapter,
} from '../../src/protocols.js';
import { PythonInterpreterService } from '../../src/index.js';
import { bytesOf, HANDSHAKE, RawConnection, textFrame } from '../support/raw-connection.js';
import { ADAPTERS } from '../support/service.js';
import { Host, type HostApplication, speakWebSocket } from './host.js';

const INTRUDERS = [
  ['a name that is not of this machine', { Host: 'evil.test' }, 403, 'FUJIAN_HOST_NOT_ALLOWED'],
  ['a foreign page', { Origin: 'https://evil.test' }, 403, 'FUJIAN_ORIGIN_NOT_ALLOWED'],
  ['a sandboxed frame', { Origin: 'null' }, 403, 'FUJIAN_ORIGIN_NOT_ALLOWED'],
  ['a browser without Origin', { 'Sec-Fetch-Site': 'none' }, 403, 'FUJIAN_ORIGIN_MISSING'],
  ['a proxy', { Forwarded: 'for=1.2.3.4' }, 401, 'FUJIAN_TOKEN_REQUIRED'],
  ['a wrong token', { Authorization: 'Bearer x' }, 401, 'FUJIAN_WRONG_TOKEN'],
] as const;

function handshake(target: string, headers: Record<string, string> = {}): Buffer {
  const all = Object.entries({ Host: 'localhost', ...headers });
  return bytesOf({ method: 'GET', target, headers: [...all, ...HANDSHAKE] });
}

describe.each(ADAPTERS)('protocols that are imported without options, on %s', (platform) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start({
      platform,
      imports: [FujianModule.register(), CodeInterpreterModule.register()],
    });
  });
  afterAll(() => host.close());

  const nothingRan = async (): Promise<void> => {
    const service = host.app.get(PythonInterpreterService);
    expect(await service.evaluate('"intruder" in globals()')).toBe(false);
    expect(service.sessions().map(({ id }) => id)).toEqual(['main']);
  };

  it('run code over HTTP, and over WebSocket with the WsAdapter of Nest', async () => {
    expect((await host.post('/', 'print("HTTP")')).json.stdout).toBe('HTTP\n');
    expect((await host.post('/contexts/main/exec', 'print(2)')).json.stdout).toBe('2\n');
    const { text } = await host.postJson('/execute', { code: '6 * 7' });
    expect(text).toContain('"text":"42"');
    const socket = await host.connect('/websocket');
    socket.send('FUJIAN_WS.write_message("pushed"); print("WS")');
    expect(await socket.nextText()).toBe('pushed');
    expect((await socket.nextReply()).stdout).toBe('WS\n');
  });

  it.each(INTRUDERS)('refuse %s, and run nothing', async (_, headers, status, code) => {
    const connection = await RawConnection.open(host.port);
    const all = { Host: 'localhost', 'Content-Type': 'text/plain', ...headers };
    for (const [target, body] of [
      ['/', 'intruder = 1'],
      ['/contexts/main/exec', 'intruder = 1'],
      ['/execute', '{"code":"intruder = 1"}'],
      ['/contexts', '{"id":"intruder"}'],
    ] as const) {
      connection.request({ method: 'POST', target, headers: Object.entries(all), body });
      const answer = await connection.answer();
      expect([target, answer.status, answer.json.code]).toEqual([target, status, code]);
    }
    connection.close();
    await nothingRan();
  });

  it.each(INTRUDERS)(
    'close the WebSocket of %s, also if its code came with the handshake',
    async (_, headers, _status, code) => {
      const connection = await RawConnection.open(host.port);
      const frames = [textFrame('intruder = 1'), textFrame('print("intruder")')];
      connection.send(Buffer.concat([handshake('/websocket', headers), ...frames]));
      expect((await connection.answer('GET')).status).toBe(101);
      expect((await connection.message()).slice(2)).toBe(code);
      expect(connection.pending).toBe('');
      connection.close();
      await nothingRan();
    },
  );

  it('close it with 1008', async () => {
    const socket = await host.connect('/websocket', { Origin: 'https://evil.test' });
    expect(await socket.closed).toBe(1008);
  });

  it('are where that adapter finds them: without a slash at the end, and for main alone', async () => {
    for (const target of ['/websocket/', '/contexts/main/websocket/', '/contexts/main/websocket']) {
      const connection = await RawConnection.open(host.port);
      connection.send(handshake(target));
      expect([target, (await connection.rest()).toString()]).toEqual([target, '']);
    }
    const literally = await host.connect('/contexts/:id/websocket');
    expect(await literally.closed).toBe(1008);
  });

  it('lose no message that comes with the handshake', async () => {
    const connection = await RawConnection.open(host.port);
    const frames = [textFrame('print(1)'), textFrame('print(2)')];
    connection.send(Buffer.concat([handshake('/websocket'), ...frames]));
    expect((await connection.answer('GET')).status).toBe(101);
    expect(JSON.parse(await connection.message())).toMatchObject({ stdout: '1\n' });
    expect(JSON.parse(await connection.message())).toMatchObject({ stdout: '2\n' });
    connection.close();
  });

  it('grant preflights to the pages that may come in', async () => {
    const ask = (Origin: string) =>
      host.request('/execute', { method: 'OPTIONS', headers: { Origin } });
    const { status, headers } = await ask('http://localhost:8000');
    const granted = headers.get('access-control-allow-origin');
    expect([status, granted]).toEqual([204, 'http://localhost:8000']);
    expect((await ask('https://evil.test')).status).toBe(403);
  });
});

describe.each(ADAPTERS)('the policy of a protocol, on %s', (platform) => {
  class Names {
    readonly own = ['lab.test'];
  }

  class NamesModule {}
  Module({ providers: [Names], exports: [Names] })(NamesModule);

  /** Takes the allowed host names from a provider of the application. */
  class LabPolicy extends AccessPolicy {
    constructor(
      @Inject(ACCESS_OPTIONS) options: AccessOptions,
      @Inject(Names) private readonly names: Names,
    ) {
      super(options);
    }

    protected override isAllowedHost(host: string): boolean {
      return this.names.own.includes(host) || super.isAllowedHost(host);
    }
  }

  let host: Host;

  beforeAll(async () => {
    const lab = AccessModule.registerAsync({
      imports: [NamesModule],
      policy: LabPolicy,
      useFactory: () => ({ token: 'T0K', requireToken: true }),
    });
    host = await Host.start({
      platform,
      imports: [
        FujianModule.register({ path: 'lab', access: lab }),
        CodeInterpreterModule.register({ path: 'lab', access: lab }),
        FujianModule.register({ path: 'open' }),
      ],
      // With refusals before the handshake.
      prepare: (app) => app.useWebSocketAdapter(new GuardedWsAdapter(app)),
    });
  });
  afterAll(() => host.close());

  const post = async (target: string, headers: Record<string, string>): Promise<number> => {
    const connection = await RawConnection.open(host.port);
    const all = { Host: 'localhost', 'Content-Type': 'text/plain', ...headers };
    const body = '{"code":"1"}';
    connection.request({ method: 'POST', target, headers: Object.entries(all), body });
    const { status } = await connection.answer();
    connection.close();
    return status;
  };
  const upgrade = async (target: string, headers: Record<string, string>): Promise<number> => {
    const connection = await RawConnection.open(host.port);
    connection.send(handshake(target, headers));
    const { status } = await connection.answer('GET');
    connection.close();
    return status;
  };

  it("is the application's own where it gives one, at both protocols", async () => {
    const headers = { Host: 'lab.test', Authorization: 'Bearer T0K' };
    for (const path of ['/lab', '/lab/execute']) {
      expect([path, await post(path, headers)]).toEqual([path, 200]);
      expect([path, await post(path, { Host: 'lab.test' })]).toEqual([path, 401]);
    }
    expect(await upgrade('/lab/websocket/', headers)).toBe(101);
    expect(await upgrade('/lab/websocket/', { Host: 'lab.test' })).toBe(401);
  });

  it('is the default one where it gives none, whatever other protocols have', async () => {
    expect(await post('/open', {})).toBe(200);
    expect(await post('/open', { Host: 'lab.test', Authorization: 'Bearer T0K' })).toBe(403);
    expect(await upgrade('/open/websocket/', {})).toBe(101);
    expect(await upgrade('/open/websocket/', { Host: 'lab.test' })).toBe(403);
  });

  it('is asked before a handshake about sessions, too', async () => {
    const headers = { Authorization: 'Bearer T0K' };
    expect(await upgrade('/lab/contexts/main/websocket/', headers)).toBe(101);
    expect(await upgrade('/lab/contexts/nobody/websocket/', headers)).toBe(404);
    expect(await upgrade('/lab/contexts/nobody/websocket/', {})).toBe(401);
  });
});

describe.each(ADAPTERS)('protocols behind a guard of the application, on %s', (platform) => {
  /** Stands for a guard for JWTs, which is global. */
  class TokenGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const { headers } =
        context.getType() === 'ws'
          ? context.switchToWs().getData<IncomingMessage>()
          : context.switchToHttp().getRequest<IncomingMessage>();
      if (headers.authorization === 'Bearer a.signed.jwt') return true;
      throw new UnauthorizedException();
    }
  }

  const access = (options: AccessOptions) =>
    AccessModule.register({ ignoreAuthorization: true, ...options });
  let host: Host;

  beforeAll(async () => {
    const secret = access({ token: 'T0K', requireToken: true });
    host = await Host.start({
      platform,
      providers: [{ provide: APP_GUARD, useClass: TokenGuard }],
      imports: [
        FujianModule.register({ path: 'lab', access: access({}) }),
        CodeInterpreterModule.register({ path: 'lab', access: access({}) }),
        CodeInterpreterModule.register({ path: 'secret', access: secret }),
        FujianModule.register({ path: 'ours' }),
      ],
    });
  });
  afterAll(() => host.close());

  const Authorization = 'Bearer a.signed.jwt';
  const post = async (path: string, headers: Record<string, string>) =>
    (await host.postJson(path, { code: '1' }, headers)).status;

  it('leave the bearer token to the guard', async () => {
    expect((await host.post('/lab', 'print(1)', { Authorization })).status).toBe(200);
    expect(await post('/lab/execute', { Authorization })).toBe(200);
    const socket = await host.connect('/lab/websocket', { Authorization });
    socket.send('print("WS")');
    expect((await socket.nextReply()).stdout).toBe('WS\n');
  });

  it('are closed where the guard refuses', async () => {
    for (const headers of [{}, { Authorization: 'Bearer forged' }]) {
      expect(await post('/lab/execute', headers)).toBe(401);
      const socket = await host.connect('/lab/websocket', headers);
      expect(await socket.closed).toBe(1008);
    }
  });

  it('keep all other rules', async () => {
    expect(await post('/lab/execute', { Authorization, Origin: 'https://evil.test' })).toBe(403);
    expect(await post('/lab/execute', { Authorization, Forwarded: 'for=1.2.3.4' })).toBe(401);
    expect(await post('/secret/execute', { Authorization })).toBe(401);
    const ours = { 'E2B-Traffic-Access-Token': 'T0K' };
    expect(await post('/secret/execute', { Authorization, ...ours })).toBe(200);
  });

  it('without the option, take the bearer token for one of ours', async () => {
    expect((await host.post('/ours', 'print(1)', { Authorization })).status).toBe(401);
  });
});

describe.each(ADAPTERS)('a policy that fails, on %s', (platform) => {
  class FailingPolicy extends AccessPolicy {
    override decide(): never {
      throw new Error('no database');
    }
  }

  it.each([
    ['WsAdapter', speakWebSocket],
    [
      'GuardedWsAdapter',
      (app: HostApplication) => app.useWebSocketAdapter(new GuardedWsAdapter(app)),
    ],
  ] as const)('admits no client, and the application goes on, with %s', async (_, prepare) => {
    const access = AccessModule.register({ policy: FailingPolicy });
    const host = await Host.start({
      platform,
      imports: [FujianModule.register({ access })],
      prepare: (app) => void prepare(app),
    });
    expect((await host.post('/', 'intruder = 1')).status).toBe(500);
    const connection = await RawConnection.open(host.port);
    connection.send(Buffer.concat([handshake('/websocket'), textFrame('intruder = 1')]));
    const { status } = await connection.answer('GET');
    if (prepare === speakWebSocket) {
      expect([status, (await connection.message()).slice(2)]).toEqual([101, 'refused']);
    } else {
      expect(status).toBe(500);
    }
    connection.close();
    const service = host.app.get(PythonInterpreterService);
    expect(await service.evaluate('"intruder" in globals()')).toBe(false);
    await host.close();
  });
});
