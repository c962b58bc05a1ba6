import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { anyPython, oldPythons } from '../support/pythons.js';
import { requireOrSkip } from '../support/requirement.js';
import { begin, clearUpLaunches } from './launches.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('a service that cannot start', () => {
  clearUpLaunches();
  const directory = mkdtempSync(join(tmpdir(), 'fujian-refusal-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Returns the service's error. Checks that it is the only output, the exit code 1, and nothing left. */
  async function sentenceOf(settings: Record<string, string | undefined>): Promise<string> {
    const service = begin({ settings });
    expect(await service.ended).toEqual({ code: 1, signal: null });
    expect(service.stdout).toBe('');
    expect(service.stderr.split('\n')).toEqual([expect.any(String), '']);
    await service.gone();
    return service.stderr;
  }

  it('says that its port is in use', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void occupant.close());
    await once(occupant, 'listening');
    const { port } = occupant.address() as AddressInfo;

    expect(await sentenceOf({ FUJIAN_PORT: String(port) })).toBe(
      `Port ${port} of 127.0.0.1 is in use by another program: stop it, or set FUJIAN_PORT to another port (0 takes any free one).\n`,
    );
  });

  it('says that the Python that it was told to use is not there', async () => {
    const missing = join(directory, 'python3');
    expect(await sentenceOf({ FUJIAN_PYTHON: missing })).toContain(
      `No Python found: looked for '${missing}', which the option python (FUJIAN_PYTHON) names.`,
    );
  });

  it('says that there is no Python at all', async () => {
    const settings = { FUJIAN_PYTHON: undefined, VIRTUAL_ENV: undefined, PATH: directory };
    expect(await sentenceOf(settings)).toBe(
      'No Python found: looked for python3 on PATH. Install Python 3.9 or later, or set the option python (FUJIAN_PYTHON) to its path.\n',
    );
  });

  // Old Pythons are not available everywhere: this one is new and claims to be old.
  it('says that Python is too old, whatever the machine has', async () => {
    const python = join(directory, 'old-python');
    writeFileSync(
      join(directory, 'sitecustomize.py'),
      'import sys\nsys.version_info = (3, 8, 18, "final", 0)\n',
    );
    writeFileSync(
      python,
      `#!/bin/sh\nPYTHONPATH='${directory}' exec '${anyPython().path}' "$@"\n`,
      { mode: 0o755 },
    );
    expect(await sentenceOf({ FUJIAN_PYTHON: python })).toBe(
      `${python} is Python 3.8.18; Fujian needs 3.9 or later. Set the option python (FUJIAN_PYTHON) to the path of a newer one.\n`,
    );
  });

  it.each(oldPythons())('says that Python $version is too old', async ({ version, path }) => {
    expect(await sentenceOf({ FUJIAN_PYTHON: path })).toBe(
      `${path} is Python ${version}; Fujian needs 3.9 or later. Set the option python (FUJIAN_PYTHON) to the path of a newer one.\n`,
    );
  });

  it('says that what it was told to use is no Python', async () => {
    const program = join(directory, 'no-python');
    writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect(await sentenceOf({ FUJIAN_PYTHON: program })).toContain(program);
  });

  it.each([
    ['FUJIAN_PORT', '70000', 'a whole number from 0 to 65535'],
    ['FUJIAN_TIMEOUT', 'soon', 'a duration such as 1500 (milliseconds), 30s or 2m'],
    ['FUJIAN_HTTP_ADAPTER', 'koa', 'one of express, fastify'],
  ])('says that %s must not be %s', async (variable, value, expectation) => {
    expect(await sentenceOf({ [variable]: value })).toContain(
      `${variable} is "${value}", but should be ${expectation}`,
    );
  });

  it('says that other machines need a token', async () => {
    expect(await sentenceOf({ FUJIAN_HOST: '0.0.0.0' })).toContain('set FUJIAN_TOKEN as well');
  });

  it('says which module cannot be imported', async () => {
    expect(await sentenceOf({ FUJIAN_PRELOAD: 'no_such_module' })).toContain(
      "The option preload (FUJIAN_PRELOAD) names the module 'no_such_module'",
    );
  });
});
