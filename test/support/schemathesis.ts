import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { install } from './pip.js';
import { pythons } from './pythons.js';

const VERSION = '4.32.5';
const FOLDER = resolve('node_modules/.cache/fujian-schemathesis');
/** Written last: an environment without this file is incomplete. */
const MARKER = join(FOLDER, `whole-${VERSION}`);

const run = promisify(execFile);

/** Minor version of Python that this version needs. */
const OLDEST_PYTHON = 10;

/** Sends generated requests to the routes of an OpenAPI document. */
export async function schemathesis(
  ...parameters: string[]
): Promise<{ failed: boolean; output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'fujian-schemathesis-'));
  try {
    const { stdout } = await run(join(FOLDER, 'bin/schemathesis'), parameters, {
      cwd: directory, // schemathesis leaves files there
      env: { PATH: process.env['PATH'] },
      timeout: 100_000,
      killSignal: 'SIGKILL',
      maxBuffer: Infinity,
    });
    return { failed: false, output: stdout };
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined) throw error;
    return { failed: true, output: stdout + stderr };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Installs schemathesis, unless it is installed, into an environment of its own. */
export async function installSchemathesis(): Promise<void> {
  if (existsSync(MARKER)) return;
  const python = pythons().findLast(
    ({ version }) => Number(version.split('.')[1]) >= OLDEST_PYTHON,
  );
  if (!python) throw new Error(`schemathesis ${VERSION} needs Python 3.${OLDEST_PYTHON} or later.`);
  console.error(`Installing schemathesis into ${FOLDER}, once`);
  await install(python.path, '-m', 'venv', '--clear', FOLDER);
  const quietly = ['--quiet', '--disable-pip-version-check'];
  const pip = ['-m', 'pip', 'install', ...quietly, `schemathesis==${VERSION}`];
  await install(join(FOLDER, 'bin/python'), ...pip);
  await writeFile(MARKER, '');
}
