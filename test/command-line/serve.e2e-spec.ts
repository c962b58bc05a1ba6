import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS } from '../../config/settings.js';
import { clearUpLaunches, launch } from '../process/launches.js';
import { fujian, FujianCommand } from '../support/fujian-command.js';

const directory = mkdtempSync(join(tmpdir(), 'fujian-serve-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Printed {
  readonly settings: Readonly<Record<string, { readonly value: unknown; readonly from: string }>>;
  readonly warnings: readonly string[];
}

const COMMANDS: readonly (readonly string[])[] = [
  [process.execPath, resolve('bin/fujian.js')],
  [process.execPath, resolve('bin/fujian.js'), 'serve'],
  [process.execPath, 'dist/main.js'],
];

describe.each(COMMANDS.map((command) => ({ command })))('$command', ({ command }) => {
  clearUpLaunches();

  it('serves as its options say, and stops on a signal', async () => {
    const service = await launch({
      command: [...command, '--port', '0', '--preload=json'],
      settings: { FUJIAN_PORT: '1' },
    });
    expect(await service.run('import sys; fujian_return = "json" in sys.modules')).toBe('True');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });

  it.runIf(existsSync('/proc'))(
    'says how many open files it needs, where it may have fewer',
    () => {
      const shell = spawnSync('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...command]);
      expect({ status: shell.status, stderr: String(shell.stderr) }).toEqual({
        status: 1,
        stderr:
          'fujian: this process may open 64 files, and the start needs 256. Raise the limit (ulimit -n 1024, or LimitNOFILE= in a systemd unit).\n',
      });
    },
  );
});

describe('the options of the service', () => {
  const printed = async (...args: string[]): Promise<Printed> => {
    const { code, stdout, stderr } = await fujian([...args, '--print-config']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Printed;
  };

  it('are one for each setting, with its variable and its default', async () => {
    const help = (await fujian(['serve', '--help'])).stdout.replaceAll(/\s+/g, ' ');
    for (const { key, variable, description, secret } of SETTINGS) {
      const option = `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      expect(help).toContain(secret ? `${option}-file <file>` : option);
      expect(help).toContain(description);
      expect(help).toContain(`[${variable}`);
    }
    expect(help).toContain('[FUJIAN_PORT, default 1987]');
    expect(help).toContain('[FUJIAN_HOST, default 127.0.0.1, ::1]');
  });

  it('win over the environment, and that over the file, as --print-config tells', async () => {
    const config = join(directory, 'fujian.json');
    writeFileSync(config, '{ "port": 1, "timeout": 1, "logLevel": "warn", "requireToken": true }');
    const { stdout } = await fujian(
      ['--config', config, '--port', '3', '--no-require-token', '--print-config'],
      { env: { FUJIAN_PORT: '2', FUJIAN_TIMEOUT: '2s' } },
    );
    const { settings } = JSON.parse(stdout) as Printed;
    expect(Object.keys(settings)).toEqual(SETTINGS.map(({ key }) => key));
    expect(settings).toMatchObject({
      port: { value: 3, from: '--port' },
      timeout: { value: 2000, from: 'FUJIAN_TIMEOUT' },
      logLevel: { value: 'warn', from: '"logLevel" in the configuration file' },
      requireToken: { value: false, from: '--no-require-token' },
      socket: { value: null, from: 'default' },
    });
  });

  it('may name the items of a list one by one', async () => {
    const { settings } = await printed('--preload', 'json', '--preload', 'math,cmath');
    expect(settings['preload']!.value).toEqual(['json', 'math', 'cmath']);
  });

  it('take the token from a file, and never show it', async () => {
    const file = join(directory, 'token');
    writeFileSync(file, 's3cret\n', { mode: 0o600 });
    const { settings } = await printed('--token-file', file, '--require-token');
    expect(settings['token']).toEqual({ value: '(secret)', from: '--token-file' });
    expect(settings['tokenFile']).toEqual({ value: file, from: '--token-file' });
    expect(settings['requireToken']).toEqual({ value: true, from: '--require-token' });
    writeFileSync(file, 's3cret with spaces\n');
    const bad = await fujian(['--token-file', file]);
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    expect(bad.stderr).toMatch(/^--token-file is set, but should be a text of letters/);
    const missing = await fujian(['--token-file', join(directory, 'none')]);
    expect(missing.stderr).toMatch(/^--token-file is ".*none", but should be a readable file/);
  });

  it('do not take the token itself, which others could read', async () => {
    const { code, stdout, stderr } = await fujian(['--token', 's3cret']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('set FUJIAN_TOKEN, or use --token-file');
    expect(stderr).not.toContain('s3cret');
  });

  it.each([
    [['--port', 'x'], 1, '--port is "x", but should be a whole number from 0 to 65535.\n'],
    [['--config', '/none'], 1, '--config is "/none", but should be a readable file (ENOENT).\n'],
    [['--hosts', '0.0.0.0'], 1, '--hosts opens the service to other machines (0.0.0.0)'],
    [['--prot', '1'], 2, "error: unknown option '--prot'\n(Did you mean --port?)"],
    [['srve'], 2, "error: unknown command 'srve'\n(Did you mean serve?)"],
    [['serve', 'x'], 2, 'too many arguments'],
  ])('say what is wrong with %j', async (args, code, sentence) => {
    const outcome = await fujian(args);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(sentence);
  });
});

describe('fujian --open', () => {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';

  it('opens the console, without the token, once it listens', async () => {
    const bin = join(directory, 'bin');
    const opened = join(directory, 'opened');
    mkdirSync(bin);
    execFileSync('mkfifo', [opened]);
    writeFileSync(join(bin, opener), `#!/bin/sh\necho "$@" > '${opened}'\n`, { mode: 0o755 });
    const command = new FujianCommand(['--open', '--port', '0'], {
      env: { PATH: `${bin}:${process.env['PATH']}`, FUJIAN_TOKEN: 's3cret' },
    });
    const address = (await readFile(opened, 'utf8')).trim();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/console$/);
    const response = await fetch(new URL('/', address));
    expect(response.status).toBe(200);
    command.signal('SIGTERM');
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    [
      ['--port', '0'],
      /^fujian: no browser could be opened: .*ENOENT.*\. Open http:\/\/127\.0\.0\.1:\d+\/console yourself\.\n$/,
    ],
    [
      ['--socket', join(directory, 'socket')],
      /^fujian: no browser could be opened: the service listens on a Unix socket only\.\n$/,
    ],
  ])('says that it cannot, and goes on: %j', async (args, sentence) => {
    const env = { PATH: directory };
    const command = new FujianCommand(['--open', ...args], { env });
    await command.prints('no browser could be opened', 'stderr');
    command.signal('SIGTERM');
    const { code, stderr } = await command.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(sentence);
  });
});

describe('fujian without the packages of Nest', () => {
  const bare = join(directory, 'bare');
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const run = (program: string, ...args: string[]) =>
    fujian(args, { program: [process.execPath, join(bare, program)] });

  beforeAll(() => {
    for (const part of ['bin', 'dist', 'python', 'package.json']) {
      cpSync(part, join(bare, part), { recursive: true });
    }
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(join(bare, 'node_modules', name)), { recursive: true });
      symlinkSync(resolve('node_modules', name), join(bare, 'node_modules', name));
    }
  });

  it('still tells its help, version and settings, so it does not load Nest for them', async () => {
    for (const option of ['--help', '--version', '--print-config']) {
      expect(await run('bin/fujian.js', option)).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it.each(['bin/fujian.js', 'dist/main.js'])('says which to install: %s', async (program) => {
    const { code, stdout, stderr } = await run(program);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^fujian: the package @nestjs\/\w+ is not installed: npm install @nestjs\/\w+, or npm ci in a clone of Fujian\.\n$/,
    );
  });

  it('says in the doctor all that are missing, and checks the rest', async () => {
    const { code, stdout, stderr } = await run('bin/fujian.js', 'doctor', '--port', '0');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/problem +packages +not installed: @nestjs\/common, @nestjs\/core, /);
    expect(stdout).toContain('any free port of 127.0.0.1');
  });

  it('says that it is to be built when it is not', async () => {
    rmSync(join(bare, 'dist'), { recursive: true });
    expect(await run('bin/fujian.js')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'fujian: the package is not built yet: run npm run build.\n',
    });
  });
});
