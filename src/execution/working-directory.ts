import { accessSync, constants, statSync } from 'node:fs';

/** Why no session can run in a directory. */
export type DirectoryProblem = 'not-a-directory' | 'not-enterable';

/** Returns undefined for a directory that this user may enter. */
export function problemOfDirectory(path: string): DirectoryProblem | undefined {
  try {
    if (!statSync(path).isDirectory()) return 'not-a-directory';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' ? 'not-enterable' : 'not-a-directory';
  }
}
