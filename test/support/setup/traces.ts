import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CAN_LOOK_AT_PROCESSES, childrenOf, processesWith } from '../processes.js';

/** Environment variable of every process of this run. */
const RUN = 'TEST_RUN';
/** Number of polls, 100 ms apart, for killed processes to disappear. */
const LOOKS = 100;

/** Files and processes that the tests of a run leave behind. */
export class Traces {
  private readonly run = (process.env[RUN] = randomUUID());
  private readonly directory = mkdtempSync(join(tmpdir(), 'fujian-'));

  /** Gives this process and its children a directory of their own for temporary files. */
  constructor() {
    chmodSync(this.directory, 0o711); // tests of another user have directories in it
    process.env['TMPDIR'] = this.directory;
  }

  /** @throws if a test has left a file or a process behind. */
  async expectNone(): Promise<void> {
    const processes = await this.processes();
    const files = readdirSync(this.directory);
    rmSync(this.directory, { recursive: true });
    if (processes.length === 0 && files.length === 0) return;
    process.exitCode = 1; // vitest reports an error of a teardown, and ends with 0
    throw new Error(
      `Tests have left behind:\n${[...processes, ...files].map((one) => `  ${one}`).join('\n')}`,
    );
  }

  private async processes(): Promise<string[]> {
    if (!CAN_LOOK_AT_PROCESSES) return [];
    for (let looks = 0; ; looks++) {
      const workers = childrenOf(process.pid);
      const left = processesWith(RUN, this.run).filter(
        ({ pid }) => pid !== process.pid && !workers.includes(pid),
      );
      if (left.length === 0 || looks === LOOKS) {
        return left.map(({ pid, command }) => `process ${pid}: ${command}`);
      }
      await sleep(100);
    }
  }
}
