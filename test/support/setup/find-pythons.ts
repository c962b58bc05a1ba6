import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isExecutable } from '../executable.js';
import type { FoundPython, Pythons } from '../found-python.js';

const OLDEST_SUPPORTED = 9;

/**
 * Returns the CPythons of this machine, one of each minor version, oldest first. `FUJIAN_TEST_PYTHONS`, a
 * list of paths, replaces the search.
 */
export function findPythons(): Pythons {
  const every = [...oneOfEachVersion()].sort((a, b) => minor(a) - minor(b));
  const supported = every.filter((python) => minor(python) >= OLDEST_SUPPORTED);
  const old = every.filter((python) => minor(python) < OLDEST_SUPPORTED);
  const wanted = process.env['FUJIAN_TEST_PYTHON'];
  const any = (wanted && identify(wanted)) || supported[0];
  if (!any) throw new Error('These tests need a CPython 3.9 or later; none was found.');
  return { supported, old, any };
}

function oneOfEachVersion(): Iterable<FoundPython> {
  const byVersion = new Map<string, FoundPython>();
  for (const candidate of candidates()) {
    const python = identify(candidate);
    if (!python) continue;
    const version = /^\d+\.\d+/.exec(python.version)![0];
    if (!byVersion.has(version)) byVersion.set(version, python);
  }
  return byVersion.values();
}

function candidates(): string[] {
  const listed = process.env['FUJIAN_TEST_PYTHONS'];
  if (listed) return listed.split(/[\s,]+|:(?=\/)/).filter(Boolean);
  const versions = join(homedir(), '.pyenv/versions');
  return [
    ...namesIn(versions).map((name) => join(versions, name, 'bin/python')),
    ...namesIn('/usr/bin')
      .filter((name) => /^python3(\.\d+)?$/.test(name))
      .map((name) => join('/usr/bin', name)),
    ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'python3')),
  ].filter(isExecutable);
}

const WHO_ARE_YOU = `
import platform, sys
print(platform.python_implementation())
print(platform.python_version())
print(sys.executable)
`;

/** Returns undefined for another implementation, and for a shim without a Python behind it. */
function identify(path: string): FoundPython | undefined {
  try {
    const answer = execFileSync(path, ['-c', WHO_ARE_YOU], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [implementation, version, executable] = answer.split('\n');
    return implementation === 'CPython' ? { version: version!, path: executable! } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the minor version; -1 for Python 2. */
function minor({ version }: FoundPython): number {
  const [major, second] = version.split('.').map(Number);
  return major === 3 ? second! : -1;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
