import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterpreterStartError } from '../../../../errors/start-errors.js';

const PREFIX = 'fujian-runtime-';
const CHANNEL = 'channel';
/** Bytes of a socket's path on any system: `sun_path` of unix(4) and unix(7), without its end. */
const LONGEST_SOCKET_PATH = 103;
/** Milliseconds within which a starting service has opened its channel. */
const STARTING = 60_000;
/** Milliseconds between the two probes of a directory. */
const BEFORE_A_SECOND_LOOK = 20;

/** Private directory (0700) with the socket and pipes that the service shares with its supervisor. */
export class RuntimeDirectory {
  readonly path = newDirectory();
  readonly channel = this.join(CHANNEL);

  join(name: string): string {
    return join(this.path, name);
  }

  /** Removes a file in it. */
  removeFile(path: string): void {
    attempt(() => rmSync(path, { force: true }));
  }

  remove(): void {
    attempt(() => chmodSync(this.path, 0o700));
    attempt(() => rmSync(this.path, { recursive: true, force: true }));
  }
}

/** User code may have removed or changed the directory, and may be changing it. */
function attempt(removal: () => void): void {
  try {
    removal();
  } catch {
    // A later service sweeps the rest.
  }
}

/** For sockets whose path would be too long elsewhere. */
const SHORT = '/tmp';

/** Returns the directories that may hold a runtime directory, the best first. */
function parents(): string[] {
  const { XDG_RUNTIME_DIR } = process.env;
  return [...(XDG_RUNTIME_DIR ? [XDG_RUNTIME_DIR] : []), tmpdir()];
}

/** @throws InterpreterStartError */
function newDirectory(): string {
  const problems: string[] = [];
  const fitting = parents().filter(
    (parent) => Buffer.byteLength(join(parent, `${PREFIX}XXXXXX`, CHANNEL)) <= LONGEST_SOCKET_PATH,
  );
  for (const parent of fitting.length > 0 ? fitting : [SHORT]) {
    try {
      return mkdtempSync(join(parent, PREFIX));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new InterpreterStartError(
    `No directory for the service's socket could be made (${problems.join('; ')}). Set TMPDIR to a directory that it may write.`,
  );
}

/** Removes this user's directories of killed services: those whose channel refuses connections. */
export async function sweepRuntimeDirectories(): Promise<void> {
  await Promise.all(
    [...new Set([...parents(), SHORT])]
      .flatMap((parent) => namesIn(parent).map((name) => [parent, name] as const))
      .filter(([, name]) => name.startsWith(PREFIX))
      .map(([parent, name]) => join(parent, name))
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
