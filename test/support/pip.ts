import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs an installation, with a directory for the temporary files that pip leaves: they go with it. */
export async function install(command: string, ...parameters: string[]): Promise<void> {
  const TMPDIR = await mkdtemp(join(tmpdir(), 'install-'));
  try {
    const env = { ...process.env, TMPDIR };
    await promisify(execFile)(command, parameters, { maxBuffer: Infinity, env });
  } finally {
    await rm(TMPDIR, { recursive: true });
  }
}
