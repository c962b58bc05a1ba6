import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'fujian-runtime-';
const CHANNEL = 'channel';
/** Milliseconds within which a starting service has opened its channel. */
const STARTING = 60_000;
/** Milliseconds between the two probes of a directory. */
const BEFORE_A_SECOND_LOOK = 20;

/** Private directory (0700) with the sockets and pipes that the service shares with its sessions. */
export class RuntimeDirectory {
  readonly path = mkdtempSync(join(tmpdir(), PREFIX));
  readonly channel = this.join(CHANNEL);

  join(name: string): string {
    return join(this.path, name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Removes this user's directories of killed services: those whose channel refuses connections. */
export async function sweepRuntimeDirectories(): Promise<void> {
  await Promise.all(
    namesIn(tmpdir())
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => join(tmpdir(), name))
      .filter(isOurs)
      .map(sweep),
  );
}

async function sweep(path: string): Promise<void> {
  // Probes twice, because another service may be about to listen.
  if (!(await isAbandoned(path))) return;
  await setTimeout(BEFORE_A_SECOND_LOOK);
  if (!(await isAbandoned(path))) return;
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another service is removing it, or a file in it belongs to another user.
  }
}

/** Returns an empty list if the directory cannot be read. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isOurs(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === process.getuid?.();
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(join(path, CHANNEL));
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      resolve(code === 'ECONNREFUSED' || (code === 'ENOENT' && age > STARTING));
    });
  });
}
