import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FoundPython, oldestAndNewest } from './found-python.js';
import { install } from './pip.js';

const CACHE = fileURLToPath(
  new URL('../../node_modules/.cache/fujian-test-pythons', import.meta.url),
);
const REQUIREMENTS = fileURLToPath(new URL('scientific-requirements.txt', import.meta.url));

/** Detects modules that cannot be imported before the tests, and makes matplotlib's font cache. */
const TRY_THEM =
  'import numpy, pandas, matplotlib.pyplot, PIL.Image, prometheus_client, e2b_code_interpreter';

export const WHAT_TO_DO =
  'It needs venv and ensurepip (on Debian: apt-get install python3-venv) and access to PyPI. ' +
  'Every run of the tests tries again.';

/** A virtual environment with all of scientific-requirements.txt. */
export interface ScientificEnvironment {
  readonly base: FoundPython;
  readonly folder: string;
  /** A file that is written last: an environment without it is incomplete. */
  readonly marker: string;
  /** The link, not the binary behind it, which does not know the environment. */
  readonly python: string;
}

/** Returns those of the oldest and the newest Python, whether they are made or not. */
export function scientificEnvironments(all: readonly FoundPython[]): ScientificEnvironment[] {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return oldestAndNewest(all).map((base) => {
    const folder = join(CACHE, `${base.version}-${hash}`);
    return { base, folder, marker: join(folder, 'whole'), python: join(folder, 'bin/python') };
  });
}

export function isWhole({ marker }: ScientificEnvironment): boolean {
  return existsSync(marker);
}

/**
 * Makes the missing environments. Only for the setup of the tests.
 *
 * @throws when each of them is made or has failed: none is left at work.
 */
export async function makeScientificPythons(
  environments: readonly ScientificEnvironment[],
): Promise<void> {
  const missing = environments.filter((environment) => !isWhole(environment));
  const outcomes = await Promise.allSettled(missing.map(make));
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  );
  if (failures.length === 0) return;
  throw new Error(failures.map(({ message }) => message).join('\n'));
}

async function make({ base, folder, marker, python }: ScientificEnvironment): Promise<void> {
  console.error(`Python ${base.version}: installing numpy and more into ${folder}, once`);
  try {
    await install(base.path, '-m', 'venv', '--clear', folder);
    const quietly = ['--quiet', '--disable-pip-version-check'];
    await install(python, '-m', 'pip', 'install', ...quietly, '-r', REQUIREMENTS);
    await install(python, '-c', TRY_THEM);
  } catch (error) {
    const message = `Python ${base.version}: numpy and more could not be installed. ${WHAT_TO_DO}`;
    throw new Error(`${message}\n${outputOf(error)}`, { cause: error });
  }
  await writeFile(marker, '');
}

/** Returns what a failed command has printed, also to stdout: there venv explains itself. */
function outputOf(error: unknown): string {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
  return `${stdout}${stderr}`.trim() || String(error);
}
