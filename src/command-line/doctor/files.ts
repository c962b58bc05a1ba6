import {
  accessSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Configuration, LONGEST_SOCKET_PATH } from '../../../config/schema.js';
import { type Finding, ok, problem, warning } from './finding.js';

const MIB = 1024 * 1024;
/** Below this, Python's temporary files soon have no room. */
const SCARCE_SPACE = 64 * MIB;
/** Content that is written to test for space. */
const SAMPLE = Buffer.alloc(64 * 1024);
const ELSEWHERE = 'Make room there, or set TMPDIR to another directory.';

/** Checks the directory of the service's sockets and of Python's temporary files. */
export function checkRuntimeDirectory(): Finding {
  const check = 'files';
  const parent = tmpdir();
  let directory: string | undefined;
  try {
    directory = mkdtempSync(join(parent, 'fujian-doctor-'));
    const socket = join(directory.replace('doctor', 'runtime'), 'channel');
    if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
      const found = `${parent} is too long a path for the sockets of the service`;
      return problem(check, found, 'Set TMPDIR to a shorter one.');
    }
    const failure = failureToFill(join(directory, 'sample'));
    if (failure !== undefined) {
      const found = `${parent} ${reasonOf(failure)}: the service runs, but code cannot write temporary files there`;
      return warning(check, found, ELSEWHERE);
    }
    const { bavail, bsize } = statfsSync(directory);
    const found = `${parent} can be written to, and has ${Math.floor((bavail * bsize) / MIB)} MB left`;
    return bavail * bsize < SCARCE_SPACE ? warning(check, found, ELSEWHERE) : ok(check, found);
  } catch (error) {
    return problem(check, `${parent} ${reasonOf(error as NodeJS.ErrnoException)}`, ELSEWHERE);
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Returns the error of writing a file with content. A full disk is only a warning, since the
 * service makes nothing but sockets and pipes there, which need names and no room.
 *
 * @throws if not even an empty file can be created.
 */
function failureToFill(path: string): NodeJS.ErrnoException | undefined {
  const file = openSync(path, 'w');
  try {
    writeFileSync(file, SAMPLE);
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    closeSync(file);
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOSPC':
      return 'is full (ENOSPC)';
    case 'EDQUOT':
      return 'is full for this user (EDQUOT)';
    case 'EFBIG':
      return 'takes no file of 64 KB, by a limit on the size of files (EFBIG, ulimit -f)';
    case 'EACCES':
    case 'EROFS':
      return `may not be written to (${code})`;
    case 'ENOENT':
      return 'is not there (ENOENT)';
    default:
      return `cannot be used: ${message}`;
  }
}

export function checkWorkingDirectory({ cwd = process.cwd() }: Configuration): Finding {
  const check = 'directory';
  const whose = `${cwd}, in which interpreters start,`;
  try {
    accessSync(cwd, constants.R_OK | constants.X_OK);
  } catch (error) {
    const found = `${whose} cannot be entered (${(error as NodeJS.ErrnoException).code})`;
    return problem(check, found, 'Give this user the right, or set FUJIAN_CWD to another.');
  }
  try {
    accessSync(cwd, constants.W_OK);
    return ok(check, `${cwd}, in which interpreters start`);
  } catch {
    return warning(check, `${whose} cannot be written to`, 'FUJIAN_CWD sets another.');
  }
}
