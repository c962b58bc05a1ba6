import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ServiceProcess } from '../process/service-process.js';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly context?: string;
  readonly [field: string]: unknown;
}

/** Waits until a WebSocket is open, or refused. */
const settled = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => socket.once('open', resolve).once('error', () => resolve()));

describe('the log', () => {
  let service: ServiceProcess;
  afterEach(() => service.dispose());

  const start = async (settings: Record<string, string> = {}) => {
    service = new ServiceProcess({ settings });
    await service.ready();
    return `${service.url}/`;
  };
  const stopped = async (): Promise<string> => {
    await service.stop();
    return service.stdout + service.stderr;
  };
  const post = (url: string, body: string, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', body, headers });

  it('is an object a line, with the facts of each execution at debug, if it is to be JSON', async () => {
    const url = await start({ FUJIAN_LOG_FORMAT: 'json', FUJIAN_LOG_LEVEL: 'debug' });
    await post(url, 'print("é")', { 'X-Request-Id': 'r-1' });
    await post(url, 'raise KeyError(1)');
    const lines = (await stopped()).trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as LogLine);
    const executions = parsed.filter(({ context }) => context === 'Execution');
    expect(executions).toEqual([
      {
        level: 'debug',
        pid: service.pid,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        message: 'code 1 completed',
        context: 'Execution',
        id: 1,
        session: 'main',
        protocol: 'http',
        requestId: 'r-1',
        kind: 'code',
        outcome: 'completed',
        waitedMs: expect.any(Number),
        ranMs: expect.any(Number),
        stdoutBytes: 3,
        stderrBytes: 0,
      },
      expect.objectContaining({ id: 2, outcome: 'raised', reason: 'KeyError' }),
    ]);
  });

  it('has a line of text for each execution at debug', async () => {
    const url = await start({ FUJIAN_LOG_LEVEL: 'debug' });
    await post(url, 'pass');
    const lines = (await stopped()).split('\n').filter((line) => line.includes('[Execution]'));
    expect(lines).toEqual([
      expect.stringMatching(/code 1 completed \{ id: 1, session: 'main', protocol: 'http', .*\}/),
    ]);
  });

  it('has one line for each message of code, which cannot forge another', async () => {
    const url = await start();
    await post(
      url,
      String.raw`import fujian; fujian.log("one\n[Fujian] 1  - forged\r\x1b[2J\x85\u2028", "end")`,
    );
    const log = await stopped();
    expect(log.split('\n').filter((line) => line.includes('forged'))).toEqual([
      expect.stringMatching(
        /^\[Fujian\] \d+ .*\[Python\] one\\n\[Fujian\] 1 {2}- forged\\r\\u001b\[2J\\u0085\\u2028 end$/,
      ),
    ]);
  });

  it('has none by default', async () => {
    const url = await start();
    await post(url, 'pass');
    expect(await stopped()).not.toContain('[Execution]');
  });

  it('never has code, output or tokens, not even where everything is logged', async () => {
    const url = await start({
      FUJIAN_LOG_LEVEL: 'verbose',
      FUJIAN_TOKEN: 'T0K3N',
      FUJIAN_LOG_FORMAT: 'json',
    });
    const authorization = { Authorization: 'Bearer T0K3N' };
    await post(url, 'secret_code = 1; print("secret_output"); raise ValueError("secret")');
    await post(url, 'pass', authorization);
    await post(url, 'pass', { Authorization: 'Bearer WR0NG' });
    await post(url, 'pass', { 'E2B-Traffic-Access-Token': 'T0K3N' });
    await fetch(`${url}?token=T0K3N`);
    for (const token of ['T0K3N', 'WR0NG']) {
      const address = `${url.replace('http', 'ws')}websocket/`;
      await settled(new WebSocket(`${address}?token=${token}`));
      await settled(new WebSocket(address, ['fujian', `fujian.token.${token}`]));
    }
    await post(`${url}execute`, '{"code": "secret_code = 2"}');
    const log = await stopped();
    expect(log).toContain('"outcome":"raised"');
    expect(log).not.toMatch(/secret|T0K3N|WR0NG/);
  });
});
