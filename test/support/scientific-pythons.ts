import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type FoundPython, pythons } from './pythons.js';

const CACHE = fileURLToPath(
  new URL('../../node_modules/.cache/fujian-test-pythons', import.meta.url),
);
const REQUIREMENTS = fileURLToPath(new URL('scientific-requirements.txt', import.meta.url));

/** Finds out now, not in a test, if one cannot be imported; and has matplotlib look for fonts, once. */
const TRY_THEM =
  'import numpy, pandas, matplotlib.pyplot, PIL.Image, prometheus_client, e2b_code_interpreter';

const WHAT_TO_DO =
  'It needs venv and ensurepip (on Debian: apt-get install python3-venv) and access to PyPI. ' +
  'Every run of the tests tries again.';

interface Environment {
  readonly base: FoundPython;
  readonly folder: string;
  /** A file that is written last: without it the environment is not whole. */
  readonly marker: string;
  /** Not the binary behind this link, which knows nothing of the environment. */
  readonly python: string;
}

/**
 * Virtual environments of the oldest and the newest Python with all of scientific-requirements.txt,
 * oldest first; one if that is the same Python. Those that could not be made are left out: of that the
 * setup of the tests has told, and in CI it has failed.
 */
export function scientificPythons(): readonly FoundPython[] {
  return environments()
    .filter(isWhole)
    .map(({ base, python }) => ({ version: base.version, path: python }));
}

/** The one for tests that need no more than one. */
export function anyScientificPython(): FoundPython {
  const [python] = scientificPythons();
  if (!python) {
    throw new Error(`These tests need a Python with numpy and more; none was made. ${WHAT_TO_DO}`);
  }
  return python;
}

/**
 * Makes those that are not there yet. For the setup of the tests alone, before they start.
 *
 * @throws when each of them is made or has failed: none is left at work.
 */
export async function makeScientificPythons(): Promise<void> {
  const missing = environments().filter((environment) => !isWhole(environment));
  const outcomes = await Promise.allSettled(missing.map(make));
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  );
  if (failures.length === 0) return;
  throw new Error(failures.map(({ message }) => message).join('\n'));
}

function environments(): Environment[] {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const found = pythons();
  return [...new Set([...found.slice(0, 1), ...found.slice(-1)])].map((base) => {
    const folder = join(CACHE, `${base.version}-${hash}`);
    return { base, folder, marker: join(folder, 'whole'), python: join(folder, 'bin/python') };
  });
}

function isWhole({ marker }: Environment): boolean {
  return existsSync(marker);
}

async function make({ base, folder, marker, python }: Environment): Promise<void> {
  console.error(`Python ${base.version}: installing numpy and more into ${folder}, once`);
  try {
    await run(base.path, '-m', 'venv', '--clear', folder);
    const quietly = ['--quiet', '--disable-pip-version-check'];
    await run(python, '-m', 'pip', 'install', ...quietly, '-r', REQUIREMENTS);
    await run(python, '-c', TRY_THEM);
  } catch (error) {
    const message = `Python ${base.version}: numpy and more could not be installed. ${WHAT_TO_DO}`;
    throw new Error(`${message}\n${outputOf(error)}`, { cause: error });
  }
  await writeFile(marker, '');
}

async function run(command: string, ...parameters: string[]): Promise<void> {
  await promisify(execFile)(command, parameters, { maxBuffer: Infinity });
}

/** What a command has printed that failed, also to stdout: there venv explains itself. */
function outputOf(error: unknown): string {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
  return `${stdout}${stderr}`.trim() || String(error);
}
