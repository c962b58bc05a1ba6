import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of the service's own (0700) for the sockets and pipes that it shares with its sessions. */
export class RuntimeDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'fujian-'));

  join(name: string): string {
    return join(this.path, name);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
