import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { anyPython } from '../support/pythons.js';
import { requireOrSkip } from '../support/requirement.js';
import { clearUpLaunches, launch } from './launches.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('a service that starts', () => {
  clearUpLaunches();
  const directory = mkdtempSync(join(tmpdir(), 'fujian-start-'));
  const tokenFile = join(directory, 'token');

  beforeAll(() => writeFileSync(tokenFile, 'a-secret\n', { mode: 0o600 }));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('says in three plain lines where the console is, where it listens and for whom, and which Python runs', async () => {
    const service = await launch();
    await service.stop();

    const { version, path } = anyPython();
    const [console, api, running, end, ...rest] = service.stdout.split('\n');
    expect(rest).toEqual(['']);
    expect(service.stdout).toMatch(/^[\x20-\x7e\n]+$/); // no colours: this is no terminal
    expect(console).toContain(`Console: http://127.0.0.1:${service.port}/console`);
    expect(api).toMatch(/API: Fujian \d+\.\d+\.\d+ listens on http:\/\/127\.0\.0\.1:\d+/);
    expect(api).toContain("open to this machine's programs and to pages from localhost");
    expect(running).toContain(`Python ${version} (${path}`);
    expect(running).toMatch(/; ready in \d+\.\d s$/);
    expect(end).toMatch(/Stopped$/);
    expect(service.stderr).toBe('');
  });

  it('takes a free port for port 0, and says which', async () => {
    const service = await launch();

    expect(service.port).toBeGreaterThan(0);
    expect(await service.run('fujian_return = 6 * 7')).toBe('42');
  });

  it('says that a token is required, and not which', async () => {
    const settings = { FUJIAN_TOKEN: 'a-secret', FUJIAN_REQUIRE_TOKEN: 'true' };
    const service = await launch({ settings });
    await service.stop();

    expect(service.stdout).toContain('token required');
    expect(service.stdout + service.stderr).not.toContain('a-secret');
  });

  it('lives beside another one, and each has its own interpreter', async () => {
    const [one, other] = await Promise.all([launch(), launch()]);
    await Promise.all([one.run('name = "one"'), other.run('name = "other"')]);

    expect(await one.run('fujian_return = name')).toBe('one');
    expect(await one.stop()).toEqual({ code: 0, signal: null });
    await one.gone();
    expect(await other.run('fujian_return = name')).toBe('other');
  });

  it.each([
    ['variable', { FUJIAN_TOKEN: 'a-secret' }],
    ['file', { FUJIAN_TOKEN_FILE: tokenFile }],
  ])('keeps the token of a %s from Python, its arguments and its environment', async (_, set) => {
    const service = await launch({ settings: set });
    const headers = { Authorization: 'Bearer a-secret' };
    expect((await fetch(service.url, { headers })).status).toBe(200);
    const seen = await service.run(
      [
        'import os, sys',
        'from pathlib import Path',
        'places = [Path("/proc") / str(pid) / name',
        '          for pid in (os.getpid(), os.getppid()) for name in ("environ", "cmdline")]',
        'def read(place):',
        '    try: return place.read_bytes()',
        '    except PermissionError: return b""  # the supervisor, for an ordinary user',
        'fujian_return = [dict(os.environ), sys.argv, *map(read, places)]',
      ].join('\n'),
    );

    expect(seen).toContain('PATH');
    expect(seen).not.toContain('a-secret');
    expect(seen).not.toContain('FUJIAN_TOKEN');
    await service.stop();
    expect(service.stdout + service.stderr).not.toContain('a-secret');
  });

  it('gives its other settings to Python, and the directory that it was started in', async () => {
    const service = await launch({ settings: { ANSWER: '42' } });
    const seen = await service.run('import os; fujian_return = os.environ["ANSWER"] + os.getcwd()');
    expect(seen).toBe(`42${process.cwd()}`);
  });

  it('goes on when nobody reads its output any more', async () => {
    const service = await launch();
    service.closeOutput();

    await service.run('import fujian; fujian.log("for nobody")');
    expect(await service.run('fujian_return = "alive"')).toBe('alive');
  });

  it('listens on a Unix socket that it removes when it stops', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fujian-socket-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const socket = join(directory, 'fujian.sock');
    const service = await launch({
      settings: { FUJIAN_SOCKET: socket, FUJIAN_HOST: '127.0.0.1' },
    });

    expect(service.stdout).toContain(socket);
    expect(existsSync(socket)).toBe(true);
    await service.stop();
    expect(existsSync(socket)).toBe(false);
  });
});
