import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ConfigurationError } from './configuration-error.js';
import { DEFAULTS } from './defaults.js';
import { loadConfiguration } from './load-configuration.js';
import { SETTINGS } from './settings.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fujian-config-'));
  mkdirSync(join(folder, 'work'));
  writeFileSync(join(folder, 'startup.py'), '');
});

afterAll(() => rmSync(folder, { recursive: true }));

function configFile(content: unknown): string {
  const path = join(folder, 'fujian.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function problemsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfiguration(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the command line', () => {
  const settings = new Map([
    ['port', { value: '4000', place: '--port', secret: false }],
    ['logLevel', { value: 'loud', place: '--log-level', secret: false }],
  ] as const);

  it('wins over the environment, which wins over the file', () => {
    const FUJIAN_CONFIG = configFile({ port: 1, timeout: 1, deathLimit: 1 });
    const environment = { FUJIAN_CONFIG, FUJIAN_PORT: '2', FUJIAN_TIMEOUT: '2' };
    const port = new Map([...settings].filter(([key]) => key === 'port'));
    const { configuration } = loadConfiguration(environment, { settings: port });
    expect(configuration).toMatchObject({ port: 4000, timeout: 2, deathLimit: 1 });
  });

  it('is named in problems with its values, and with the file that it names', () => {
    expect(() => loadConfiguration({}, { settings })).toThrow(
      '--log-level is "loud", but should be one of fatal, error',
    );
    const file = { path: '/no/such/file', place: '--config' };
    expect(() => loadConfiguration({}, { file, settings: new Map() })).toThrow(
      '--config is "/no/such/file", but should be a readable file (ENOENT).',
    );
  });
});

describe('with nothing set', () => {
  it('gives the defaults', () => {
    const fallbacks = Object.entries(DEFAULTS).filter(([name]) =>
      SETTINGS.some(({ key }) => key === name),
    );
    expect(loadConfiguration({})).toEqual({
      configuration: {
        ...Object.fromEntries(fallbacks),
        origins: [],
        allowedHosts: [],
        preload: [],
        requireToken: false,
      },
      written: new Map(),
      warnings: [],
    });
  });

  it('returns new arrays each time', () => {
    loadConfiguration({}).configuration.preload.push('numpy');
    expect(loadConfiguration({}).configuration.preload).toEqual([]);
  });

  it('takes empty variables as not set', () => {
    expect(loadConfiguration({ FUJIAN_PORT: '', FUJIAN_TOKEN: '', FUJIAN_CONFIG: '' })).toEqual(
      loadConfiguration({}),
    );
  });
});

describe('each setting, from the environment', () => {
  it.each([
    ['FUJIAN_HOST', ' 127.0.0.1 , [::1],localhost,', 'hosts', ['127.0.0.1', '::1', 'localhost']],
    ['FUJIAN_PORT', '0', 'port', 0],
    ['FUJIAN_PORT', ' 65535 ', 'port', 65_535],
    ['FUJIAN_SOCKET', 'run/fujian.sock', 'socket', 'run/fujian.sock'],
    ['FUJIAN_HTTP_ADAPTER', 'fastify', 'httpAdapter', 'fastify'],
    [
      'FUJIAN_ORIGINS',
      'app://., chrome-extension://abc',
      'origins',
      ['app://.', 'chrome-extension://abc'],
    ],
    [
      'FUJIAN_HOSTS',
      'Lab.Example, 10.0.0.7, fe80::1',
      'allowedHosts',
      ['lab.example', '10.0.0.7', '[fe80::1]'],
    ],
    ['FUJIAN_TOKEN', 'T0K~!', 'token', 'T0K~!'],
    ['FUJIAN_DEFAULT_ORIGIN', 'http://localhost:3000', 'defaultOrigin', 'http://localhost:3000'],
    ['FUJIAN_PYTHON', 'python3.12', 'python', 'python3.12'],
    ['FUJIAN_PYTHON', 'venv/bin/python', 'python', resolve('venv/bin/python')],
    [
      'FUJIAN_PRELOAD',
      'numpy,matplotlib.pyplot,größe',
      'preload',
      ['numpy', 'matplotlib.pyplot', 'größe'],
    ],
    ['FUJIAN_BODY_LIMIT', '10485760', 'bodyLimit', 10_485_760],
    ['FUJIAN_BODY_LIMIT', '10mb', 'bodyLimit', 10_485_760],
    ['FUJIAN_MESSAGE_LIMIT', '512 KiB', 'messageLimit', 524_288],
    ['FUJIAN_OUTPUT_LIMIT', '1.5G', 'outputLimit', 1_610_612_736],
    ['FUJIAN_TIMEOUT', '0', 'timeout', 0],
    ['FUJIAN_TIMEOUT', '1500', 'timeout', 1_500],
    ['FUJIAN_TIMEOUT', '1500ms', 'timeout', 1_500],
    ['FUJIAN_TIMEOUT', '30s', 'timeout', 30_000],
    ['FUJIAN_INTERRUPT_GRACE', '2m', 'interruptGrace', 120_000],
    ['FUJIAN_SHUTDOWN_GRACE', '10s', 'shutdownGrace', 10_000],
    ['FUJIAN_QUEUE_LIMIT', '1', 'queueLimit', 1],
    ['FUJIAN_LOG_LEVEL', 'verbose', 'logLevel', 'verbose'],
  ])('%s=%j', (variable, value, key, expected) => {
    const { configuration, warnings } = loadConfiguration({ [variable]: value });
    expect(configuration).toHaveProperty(key, expected);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['true', true],
    ['1', true],
    ['YES', true],
    ['on', true],
    ['false', false],
    ['0', false],
    ['no', false],
    ['Off', false],
  ])('FUJIAN_REQUIRE_TOKEN=%s', (value, expected) => {
    const environment = { FUJIAN_TOKEN: 'x', FUJIAN_REQUIRE_TOKEN: value };
    expect(loadConfiguration(environment).configuration.requireToken).toBe(expected);
  });

  it('requires that FUJIAN_CWD and FUJIAN_STARTUP exist', () => {
    const cwd = join(folder, 'work');
    const startup = join(folder, 'startup.py');
    const environment = { FUJIAN_CWD: cwd, FUJIAN_STARTUP: startup };
    expect(loadConfiguration(environment).configuration).toMatchObject({ cwd, startup });

    expect(problemsOf({ FUJIAN_CWD: startup, FUJIAN_STARTUP: cwd })).toEqual([
      `FUJIAN_CWD is ${JSON.stringify(startup)}, but should be a directory that exists.`,
      `FUJIAN_STARTUP is ${JSON.stringify(cwd)}, but should be a file that exists.`,
    ]);
  });
});

describe('a value that cannot be used', () => {
  it.each([
    ['FUJIAN_HOST', ','],
    ['FUJIAN_HOST', 'localhost:80'],
    ['FUJIAN_HOST', '*'],
    ['FUJIAN_PORT', '65536'],
    ['FUJIAN_PORT', '-1'],
    ['FUJIAN_PORT', '0x10'],
    ['FUJIAN_PORT', '80.5'],
    ['FUJIAN_SOCKET', '/'.repeat(104)],
    ['FUJIAN_HTTP_ADAPTER', 'koa'],
    ['FUJIAN_ORIGINS', '*'],
    ['FUJIAN_ORIGINS', 'null'],
    ['FUJIAN_ORIGINS', 'app://., *'],
    ['FUJIAN_ORIGINS', 'http://lab.example/'],
    ['FUJIAN_ORIGINS', 'http://Lab.example'],
    ['FUJIAN_ORIGINS', 'lab.example'],
    ['FUJIAN_HOSTS', 'lab.example:80'],
    ['FUJIAN_HOSTS', '*.example'],
    ['FUJIAN_REQUIRE_TOKEN', 'maybe'],
    ['FUJIAN_DEFAULT_ORIGIN', '*'],
    ['FUJIAN_CWD', 'no/such/directory'],
    ['FUJIAN_STARTUP', 'no-such-file.py'],
    ['FUJIAN_PRELOAD', 'numpy; import os'],
    ['FUJIAN_PRELOAD', 'a..b'],
    ['FUJIAN_BODY_LIMIT', '0'],
    ['FUJIAN_BODY_LIMIT', '10 potatoes'],
    ['FUJIAN_MESSAGE_LIMIT', '-1'],
    ['FUJIAN_OUTPUT_LIMIT', '9e9'],
    ['FUJIAN_TIMEOUT', '30 days'],
    ['FUJIAN_TIMEOUT', '600h'],
    ['FUJIAN_INTERRUPT_GRACE', 'soon'],
    ['FUJIAN_QUEUE_LIMIT', '0'],
    ['FUJIAN_LOG_LEVEL', 'info'],
  ])('%s=%j is named in one sentence', (variable, value) => {
    const problems = problemsOf({ [variable]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${variable} is "${value.slice(0, 90)}`);
    expect(problems[0]).toMatch(/, but should be .+\.$/);
  });

  it('is reported together with every other', () => {
    expect(problemsOf({ FUJIAN_PORT: 'x', FUJIAN_LOG_LEVEL: 'info' })).toEqual([
      'FUJIAN_PORT is "x", but should be a whole number from 0 to 65535.',
      'FUJIAN_LOG_LEVEL is "info", but should be one of fatal, error, warn, log, debug, verbose.',
    ]);
  });

  it('is not shown when it is the token', () => {
    const file = configFile({ token: ['hush hush'] });
    for (const problem of [
      ...problemsOf({ FUJIAN_TOKEN: 'hush hush' }),
      ...problemsOf({ FUJIAN_CONFIG: file }),
    ]) {
      expect(problem).toMatch(/is set, but should be .+\.$/);
      expect(problem).not.toContain('hush');
    }
  });

  it('comes as an error with a code', () => {
    expect(() => loadConfiguration({ FUJIAN_PORT: 'x' })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code: 'FUJIAN_CONFIGURATION' }),
    );
  });
});

describe('the configuration file', () => {
  it('takes natural JSON values', () => {
    const file = configFile({
      hosts: ['127.0.0.1'],
      port: 8080,
      origins: ['app://.'],
      token: 'T0K',
      requireToken: true,
      preload: 'numpy, scipy',
      bodyLimit: '1mb',
      timeout: 2_000,
    });
    expect(loadConfiguration({ FUJIAN_CONFIG: file }).configuration).toMatchObject({
      hosts: ['127.0.0.1'],
      port: 8080,
      origins: ['app://.'],
      token: 'T0K',
      requireToken: true,
      preload: ['numpy', 'scipy'],
      bodyLimit: 1_048_576,
      timeout: 2_000,
    });
  });

  it('loses to the environment', () => {
    const file = configFile({ port: 8080, logLevel: 'debug' });
    const environment = { FUJIAN_CONFIG: file, FUJIAN_PORT: '9090' };
    expect(loadConfiguration(environment).configuration).toMatchObject({
      port: 9090,
      logLevel: 'debug',
    });
  });

  it.each([
    [{ port: '80x' }, '"port" in the configuration file is "80x", but should be a whole number'],
    [{ port: null }, '"port" in the configuration file is null, but should be'],
    [{ token: '' }, '"token" in the configuration file is set, but should be'],
    [{ preload: [1] }, '"preload" in the configuration file is [1], but should be'],
    [{ timeout: { toString: 1 } }, '"timeout" in the configuration file is {"toString":1}, but'],
    [{ prot: 1 }, '"prot" in the configuration file is not a setting; perhaps port is meant.'],
    [{ zebra: 1 }, '"zebra" in the configuration file is not a setting.'],
    ['{"__proto__": {}}', '"__proto__" in the configuration file is not a setting.'],
    ['[]', 'but should be a file that holds one JSON object'],
    ['{"token": "hush",}', 'but should be a file of valid JSON'],
  ])('%j is refused', (content, sentence) => {
    const problems = problemsOf({ FUJIAN_CONFIG: configFile(content) });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(sentence);
    expect(problems[0]).not.toContain('hush');
  });

  it('must be there', () => {
    expect(problemsOf({ FUJIAN_CONFIG: 'no-such.json' })).toEqual([
      'FUJIAN_CONFIG is "no-such.json", but should be a readable file (ENOENT).',
    ]);
  });
});

describe('the file of the token', () => {
  function tokenFile(content: string, mode = 0o600): string {
    const path = join(folder, 'token');
    rmSync(path, { force: true });
    writeFileSync(path, content, { mode });
    chmodSync(path, mode); // whatever the umask
    return path;
  }

  it.each(['T0K', 'T0K\n', 'T0K\r\n', '\uFEFFT0K\n', 'T0K\nnot read\n'])(
    'has it in its first line, as in %j',
    (content) => {
      const { configuration, written, warnings } = loadConfiguration({
        FUJIAN_TOKEN_FILE: tokenFile(content),
        FUJIAN_REQUIRE_TOKEN: 'true',
      });
      expect(configuration).toMatchObject({ token: 'T0K', requireToken: true });
      expect(written.get('token')).toMatchObject({ place: 'FUJIAN_TOKEN_FILE', secret: true });
      expect(warnings).toEqual([]);
    },
  );

  it('may be named in the configuration file', () => {
    const FUJIAN_CONFIG = configFile({ tokenFile: tokenFile('T0K') });
    expect(loadConfiguration({ FUJIAN_CONFIG }).configuration.token).toBe('T0K');
  });

  it.each([
    ['', 'but should be a file whose first line is the token; that line is empty.'],
    ['\nT0K', 'but should be a file whose first line is the token; that line is empty.'],
    ['hush hush\n', 'FUJIAN_TOKEN_FILE is set, but should be a text of letters'],
  ])('is refused with the content %j, which is not shown', (content, sentence) => {
    const problems = problemsOf({ FUJIAN_TOKEN_FILE: tokenFile(content) });
    expect(problems).toEqual([expect.stringContaining(sentence)]);
    expect(problems[0]).not.toContain('hush');
  });

  it('is refused if it cannot be read', () => {
    expect(problemsOf({ FUJIAN_TOKEN_FILE: folder })).toEqual([
      `FUJIAN_TOKEN_FILE is "${folder}", but should be a readable file (EISDIR).`,
    ]);
    expect(problemsOf({ FUJIAN_CONFIG: configFile({ tokenFile: 7 }) })).toEqual([
      '"tokenFile" in the configuration file is 7, but should be the path of a file.',
    ]);
  });

  it('is refused beside the token itself', () => {
    const FUJIAN_TOKEN_FILE = tokenFile('T0K');
    expect(problemsOf({ FUJIAN_TOKEN_FILE, FUJIAN_TOKEN: 'T0K' })).toEqual([
      'FUJIAN_TOKEN and FUJIAN_TOKEN_FILE both set the token; leave one of them out.',
    ]);
    expect(problemsOf({ FUJIAN_TOKEN_FILE, FUJIAN_TOKEN: '' })).toEqual([]);
  });

  it.each([0o644, 0o640, 0o604])('causes a warning with mode %o', (mode) => {
    const FUJIAN_TOKEN_FILE = tokenFile('T0K', mode);
    expect(loadConfiguration({ FUJIAN_TOKEN_FILE }).warnings).toEqual([
      `FUJIAN_TOKEN_FILE is "${FUJIAN_TOKEN_FILE}", which other users can read; make it the service's alone (mode 600).`,
    ]);
    // There the group has a meaning of its own.
    const CREDENTIALS_DIRECTORY = folder;
    expect(loadConfiguration({ FUJIAN_TOKEN_FILE, CREDENTIALS_DIRECTORY }).warnings).toEqual([]);
  });
});

describe('an unknown variable', () => {
  it('causes a warning, and is ignored', () => {
    expect(loadConfiguration({ FUJIAN_PROT: '1', FUJIAN_ZEBRA: '', OTHER: 'x' }).warnings).toEqual([
      'FUJIAN_PROT is not a setting and is ignored; perhaps FUJIAN_PORT is meant.',
      'FUJIAN_ZEBRA is not a setting and is ignored.',
    ]);
  });
});

describe('where to listen', () => {
  it('is the socket alone, unless hosts are set too', () => {
    const socket = 'fujian.sock';
    expect(loadConfiguration({ FUJIAN_SOCKET: socket }).configuration).toMatchObject({
      socket,
      hosts: [],
    });
    const both = { FUJIAN_SOCKET: socket, FUJIAN_HOST: '127.0.0.1' };
    expect(loadConfiguration(both).configuration).toMatchObject({ socket, hosts: ['127.0.0.1'] });
  });

  it.each(['127.8.9.1', '::1', '[::1]', 'LocalHost'])('needs no token on %s', (host) => {
    expect(loadConfiguration({ FUJIAN_HOST: host })).toMatchObject({
      configuration: { requireToken: false },
      warnings: [],
    });
  });

  it.each([
    '0.0.0.0',
    '::',
    '192.168.1.7',
    'lab.example',
    '127.1',
    '::ffff:127.0.0.1',
    '127.0.0.1,::',
  ])('needs the token on %s', (host) => {
    expect(problemsOf({ FUJIAN_HOST: host })).toEqual([
      expect.stringMatching(/^FUJIAN_HOST opens .+; set FUJIAN_TOKEN as well.+\.$/),
    ]);
    const environment = { FUJIAN_HOST: host, FUJIAN_TOKEN: 'T0K', FUJIAN_HOSTS: 'lab.example' };
    expect(loadConfiguration(environment)).toMatchObject({
      configuration: { requireToken: true },
      warnings: [],
    });
  });

  it('names the file when the host came from there', () => {
    expect(problemsOf({ FUJIAN_CONFIG: configFile({ hosts: ['::'] }) })).toEqual([
      expect.stringMatching(/^"hosts" in the configuration file opens /),
    ]);
  });

  it('warns when the token stays required, and when no name is allowed', () => {
    const environment = {
      FUJIAN_HOST: '0.0.0.0',
      FUJIAN_TOKEN: 'T0K',
      FUJIAN_REQUIRE_TOKEN: 'false',
    };
    const { configuration, warnings } = loadConfiguration(environment);
    expect(configuration.requireToken).toBe(true);
    expect(warnings).toEqual([
      expect.stringContaining('FUJIAN_REQUIRE_TOKEN is false, but'),
      expect.stringContaining('set FUJIAN_HOSTS'),
    ]);
  });

  it('cannot require a token that is not there', () => {
    expect(problemsOf({ FUJIAN_REQUIRE_TOKEN: 'true' })).toEqual([
      'FUJIAN_REQUIRE_TOKEN is true but there is no token, so every request would be refused; set FUJIAN_TOKEN as well.',
    ]);
  });
});
