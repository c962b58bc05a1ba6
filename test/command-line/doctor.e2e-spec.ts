import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { anyPython, oldPythons } from '../support/pythons.js';
import { ADAPTERS, TestService } from '../support/service.js';
import { type CommandOptions, FUJIAN, fujian } from '../support/fujian-command.js';

const directory = mkdtempSync(join(tmpdir(), 'fujian-doctor-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly found: string;
  readonly advice?: string;
}

interface Examination {
  readonly code: number | null;
  /** Returns the findings and advice of a check, joined. */
  readonly found: (check: string, level?: Finding['level']) => string[];
}

/** Runs the doctor for a free port. */
async function examine(
  args: readonly string[] = [],
  options?: CommandOptions,
): Promise<Examination> {
  const outcome = await fujian(['doctor', '--json', '--port', '0', ...args], options);
  expect(outcome.stderr).toBe('');
  const { ok, findings } = JSON.parse(outcome.stdout) as { ok: boolean; findings: Finding[] };
  expect(ok).toBe(outcome.code === 0);
  return {
    code: outcome.code,
    found: (check, level = 'problem') =>
      findings
        .filter((one) => one.check === check && one.level === level)
        .map(({ found, advice = '' }) => `${found} ${advice}`.trim()),
  };
}

describe('fujian doctor', () => {
  it('finds that all is well, and says what is there', async () => {
    const { code, stdout, stderr } = await fujian(['doctor', '--port', '0']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { version, path } = anyPython();
    expect(stdout).toContain(`ok       Python         ${version} (${path})\n`);
    expect(stdout).toMatch(/ok +Node +Fujian \d+\.\d+\.\d+ on Node 2\d\./);
    expect(stdout).toMatch(
      /ok +execution +ready in [\d.]+ ms, an execution answered in [\d.]+ ms; interpreters start by fork/,
    );
    expect(stdout).toMatch(/ok +libraries +numpy .*, pandas .*, matplotlib /);
    expect(stdout).toMatch(/\w+ +limits +open files: /);
    expect(stdout).toMatch(/Nothing stops the service\.\n$/);
    expect(stdout).not.toContain('problem');
  });

  describe('without a Python that will do', () => {
    it('says where it has looked, and how to get one', async () => {
      const env = { FUJIAN_PYTHON: undefined, VIRTUAL_ENV: undefined, PATH: directory };
      const { code, found } = await examine([], { env });
      expect(code).toBe(1);
      expect(found('Python')).toEqual([
        expect.stringMatching(
          /^No Python found: looked for python3 on PATH\..*apt install python3/,
        ),
      ]);
      expect(found('port', 'ok')).toHaveLength(2);
    });

    it('says which environment has none', async () => {
      const env = { FUJIAN_PYTHON: undefined, VIRTUAL_ENV: '/no/venv', PATH: directory };
      expect((await examine([], { env })).found('Python')[0]).toContain(
        'looked for bin/python in VIRTUAL_ENV (/no/venv) and python3 on PATH',
      );
    });

    it('says where the one that is not there was named', async () => {
      const env = { FUJIAN_PYTHON: '/none/python3' };
      expect((await examine([], { env })).found('Python')[0]).toMatch(
        /^There is no Python '\/none\/python3' \(FUJIAN_PYTHON\)\./,
      );
      const byOption = await examine(['--python', '/none/python3']);
      expect(byOption.found('Python')[0]).toContain('(--python).');
    });

    it.each([{ version: '3.8.18', path: '' }, ...oldPythons()])(
      'says that $version is too old, and which of the others would do',
      async ({ version, path }) => {
        const bin = mkdtempSync(join(directory, 'bin-'));
        writeFileSync(
          join(bin, 'python3'),
          path === ''
            ? `#!/bin/sh\necho 3.8.18; case "$2" in *_fujian*) exit 86;; esac\n`
            : `#!/bin/sh\nexec '${path}' "$@"\n`,
          { mode: 0o755 },
        );
        const newer = join(bin, 'python3.99');
        writeFileSync(newer, `#!/bin/sh\nexec '${anyPython().path}' "$@"\n`, { mode: 0o755 });
        const { code, found } = await examine([], {
          env: { FUJIAN_PYTHON: undefined, VIRTUAL_ENV: undefined, PATH: `${bin}:/bin` },
        });
        expect(code).toBe(1);
        const [sentence] = found('Python');
        expect(sentence).toContain(
          `${join(bin, 'python3')} is Python ${version}; Fujian needs 3.9`,
        );
        expect(sentence).toContain(`Usable ones on PATH: ${newer} (${anyPython().version})`);
      },
    );

    it('says that what it was told to use is no Python', async () => {
      const python = join(directory, 'no-python');
      writeFileSync(python, '#!/bin/sh\nexit 4\n', { mode: 0o755 });
      const { code, found } = await examine(['--python', python]);
      expect(code).toBe(1);
      expect(found('execution')[0]).toContain(`${python} ended before it was ready (exit code 4)`);
    });
  });

  it('says which module that is to be preloaded cannot be imported', async () => {
    const { code, found } = await examine(['--preload', 'json,no_such_module']);
    expect(code).toBe(1);
    expect(found('preload')[0]).toContain("names the module 'no_such_module'");
    const well = await examine(['--preload', 'json']);
    expect(well.found('preload', 'ok')).toEqual(['json: interpreters start with it']);
  });

  describe('on a full disk', () => {
    const fullDisk = join(directory, 'full');
    mkdirSync(fullDisk);
    /** Starts a program in a namespace in which `fullDisk` is a full file system. */
    const onTmpfs = (size: string, more: string): readonly string[] => {
      const mount = `mount -t tmpfs -o ${size} none '${fullDisk}' && ${more} && exec "$@"`;
      return ['unshare', '-rm', 'sh', '-c', mount, 'sh'];
    };
    const noRoom = onTmpfs('size=64k', `head -c 65536 /dev/zero > '${fullDisk}/all'`);
    const noNames = onTmpfs('nr_inodes=1', 'true');
    const [unshare, ...options] = noNames;
    const canMount = spawnSync(unshare!, [...options, 'true']).status === 0;

    it('says that the service runs, what does not work, and what to do', async () => {
      const limited = ['bash', '-c', 'ulimit -f 0 && exec "$@"', 'bash'];
      const program = [...(canMount ? noRoom : limited), ...FUJIAN];
      const { code, found } = await examine([], { program, env: { TMPDIR: fullDisk } });
      expect(code).toBe(0);
      expect(found('execution', 'ok')).toHaveLength(1);
      expect(found('files', 'warning')).toEqual([
        expect.stringMatching(canMount ? /full is full \(ENOSPC\)/ : /full takes no file of 64 KB/),
      ]);
      expect(found('files', 'warning')[0]).toContain(
        ': the service runs, but code cannot write temporary files there Make room there, or set TMPDIR to another directory.',
      );
    });

    it.runIf(canMount)(
      'says that the service does not start where not even names fit',
      async () => {
        const program = [...noNames, ...FUJIAN];
        const { code, found } = await examine([], { program, env: { TMPDIR: fullDisk } });
        expect(code).toBe(1);
        expect(found('files')[0]).toMatch(/full is full \(ENOSPC\) Make room there/);
        expect(found('execution', 'ok')).toEqual([]);
      },
    );
  });

  it.each([
    ['/none', '/none is not there (ENOENT)'],
    ['/proc', '/proc '],
    [join(directory, 'x'.repeat(90)), 'is too long a path for the sockets of the service'],
  ])('says that temporary files cannot be in %s', async (TMPDIR, sentence) => {
    if (TMPDIR.startsWith(directory)) mkdirSync(TMPDIR);
    const { code, found } = await examine([], { env: { TMPDIR } });
    expect(code).toBe(1);
    expect(found('files')[0]).toContain(sentence);
  });

  describe('on a port that is taken', () => {
    const listening = async (server: Server): Promise<string> => {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      onTestFinished(() => void server.close());
      return String((server.address() as AddressInfo).port);
    };
    const occupant = async (port: string): Promise<string> => {
      const { code, found } = await examine(['--port', port]);
      expect(code).toBe(1);
      return found('port').join(' ');
    };

    it.each(ADAPTERS)('says that another Fujian has it, on %s', async (httpAdapter) => {
      const service = await TestService.start({ httpAdapter, token: 'T0K', requireToken: true });
      onTestFinished(() => service.close());
      expect(await occupant(String(service.port))).toMatch(
        /^port \d+ of 127\.0\.0\.1 is taken by another Fujian \(\d+\.\d+\.\d+\) Stop that program, or choose another port by FUJIAN_PORT or --port\.$/,
      );
    });

    it('says that another program has it', async () => {
      const web = createHttpServer((_, response) => {
        response.setHeader('Server', 'nginx').end();
      });
      expect(await occupant(await listening(web))).toContain(
        'another program, a web server (nginx)',
      );
      const mute = createServer((socket) => socket.end('220 hello\r\n'));
      expect(await occupant(await listening(mute))).toContain('another program, not a web');
    });
  });

  it('looks at the path of a Unix socket', async () => {
    const path = join(directory, 'socket');
    expect((await examine(['--socket', path])).found('socket', 'ok')).toEqual([`${path} is free`]);
    const service = await TestService.start({ hosts: [], socket: path });
    expect((await examine(['--socket', path])).found('socket')[0]).toContain(
      `${path} is taken by another Fujian`,
    );
    await service.close();
    writeFileSync(path, '');
    expect((await examine(['--socket', path])).found('socket')[0]).toContain('is not a socket');
    const nowhere = await examine(['--socket', '/none/socket']);
    expect(nowhere.found('socket')[0]).toContain('/none cannot be written to (ENOENT)');
  });

  it('tells each mistake and each warning of the settings', async () => {
    const env = { FUJIAN_PORT: undefined, FUJIAN_TIMEOUT: 'soon', FUJIAN_PROT: '1' };
    const { code, found } = await examine(['--log-level', 'loud'], { env });
    expect(code).toBe(1);
    expect(found('configuration').join()).toContain('FUJIAN_TIMEOUT is "soon"');
    expect(found('configuration').join()).toContain('--log-level is "loud"');
    const open = await examine(['--hosts', '0.0.0.0']);
    expect(open.found('configuration')[0]).toContain('set FUJIAN_TOKEN as well');
    const well = await examine([], { env: { FUJIAN_PROT: '1', FUJIAN_TOKEN: 's3cret' } });
    expect(well.code).toBe(0);
    expect(well.found('configuration', 'warning')[0]).toContain('perhaps FUJIAN_PORT is meant');
    expect(well.found('configuration', 'ok')[0]).toMatch(
      /^set: --port, FUJIAN_TOKEN, FUJIAN_PYTHON; pro/,
    );
  });

  it('warns of limits that are too low', async () => {
    const program = ['bash', '-c', 'ulimit -n 300 && exec "$@"', 'bash', ...FUJIAN];
    const { code, found } = await examine(['--memory-limit', '1000000gb'], { program });
    expect(code).toBe(0);
    expect(found('limits', 'warning')[0]).toMatch(
      /^open files: 300, while 100 sessions may need \d+/,
    );
    expect(found('memory', 'warning')[0]).toContain('Lower FUJIAN_MEMORY_LIMIT');
  });
});
