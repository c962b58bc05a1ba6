import { readFileSync } from 'node:fs';

/** Open files that the start needs: Node loads the modules of a program at one time. */
const FEWEST = 256;

/**
 * Ends this process with a sentence if it may open too few files. Otherwise any import fails, with a
 * message that names another cause. Does nothing where the limit is unknown.
 */
export function requireOpenFiles(): void {
  const most = openFilesLimit();
  if (most === undefined || most >= FEWEST) return;
  process.stderr.write(
    `fujian: this process may open ${most} files, and the start needs ${FEWEST}. Raise the limit (ulimit -n 1024, or LimitNOFILE= in a systemd unit).\n`,
  );
  process.exit(1);
}

/** Returns the soft limit, which Node has raised to the hard one, or undefined without /proc. */
function openFilesLimit(): number | undefined {
  try {
    const [, most] =
      /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return most === undefined ? undefined : Number(most);
  } catch {
    return undefined;
  }
}
