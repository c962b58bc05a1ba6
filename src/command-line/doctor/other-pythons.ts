import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PYTHON = /^python3(\.\d+)?$/;
const WHICH = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
const SUPPORTED = /^3\.(9|[1-9]\d+)\./;
/** Milliseconds that a Python has to print its version. */
const PATIENCE = 5_000;

/** Returns the supported Pythons on PATH, as `path (version)`: one of each version. */
export function usablePythons({ PATH = '' }: NodeJS.ProcessEnv): string[] {
  const byVersion = new Map<string, string>();
  for (const path of PATH.split(delimiter).filter(Boolean).flatMap(pythonsIn)) {
    const version = versionOf(path);
    if (SUPPORTED.test(version) && !byVersion.has(version)) byVersion.set(version, path);
  }
  return [...byVersion].map(([version, path]) => `${path} (${version})`);
}

function pythonsIn(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => PYTHON.test(name));
    return names.map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function versionOf(path: string): string {
  const { stdout } = spawnSync(path, ['-c', WHICH], { encoding: 'utf8', timeout: PATIENCE });
  return stdout?.trim() ?? '';
}
