import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isExecutable } from './executable.js';

export interface FoundPython {
  /** For example `3.11.7`. */
  readonly version: string;
  /** The binary itself, behind links and shims. */
  readonly path: string;
}

const OLDEST_SUPPORTED = 9;

let found: FoundPython[] | undefined;

/**
 * Every CPython that Fujian supports and that is on this machine, one of each version, oldest first.
 * `FUJIAN_TEST_PYTHONS`, a list of paths, replaces the search.
 */
export function pythons(): readonly FoundPython[] {
  return every().filter((python) => isSupported(python));
}

/** The Pythons on this machine that are too old for Fujian. */
export function oldPythons(): readonly FoundPython[] {
  return every().filter((python) => !isSupported(python));
}

/** The one that the suites which need no more than one run on. */
export function anyPython(): FoundPython {
  const wanted = process.env['FUJIAN_TEST_PYTHON'];
  const python = (wanted && identify(wanted)) || pythons()[0];
  if (!python) throw new Error('These tests need a CPython 3.9 or later; none was found.');
  return python;
}

function every(): FoundPython[] {
  found ??= [...oneOfEachVersion()].sort((a, b) => minor(a) - minor(b));
  return found;
}

function oneOfEachVersion(): Iterable<FoundPython> {
  const byVersion = new Map<string, FoundPython>();
  for (const candidate of candidates()) {
    const python = identify(candidate);
    if (python && !byVersion.has(python.version)) byVersion.set(python.version, python);
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

/** Undefined for what is no CPython, or does not even start, such as a shim without a version behind it. */
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

function isSupported(python: FoundPython): boolean {
  return python.version.startsWith('3.') && minor(python) >= OLDEST_SUPPORTED;
}

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
