import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { InputRequest } from '../../execution/execution.js';

/** Answers `input()` with lines of standard input, which is not read before the first request. */
export class StandardInput {
  private lines: AsyncIterator<string, undefined> | undefined;

  /** The prompt is part of the script's output. */
  async answer({ isPassword }: InputRequest): Promise<string | undefined> {
    this.lines ??= createInterface({ input: process.stdin, crlfDelay: Infinity })[
      Symbol.asyncIterator
    ]() as AsyncIterator<string, undefined>;
    const isHidden = isPassword && process.stdin.isTTY;
    if (isHidden) hideTyping();
    const { value } = await this.lines.next();
    if (isHidden) showTyping();
    return value;
  }

  /** Stops reading. Requests that wait for a line get no reply. */
  close(): void {
    if (this.lines) process.stdin.destroy();
  }
}

function hideTyping(): void {
  process.once('exit', showTyping);
  terminal('-echo');
}

function showTyping(): void {
  process.removeListener('exit', showTyping);
  terminal('echo');
}

function terminal(setting: string): void {
  spawnSync('stty', [setting], { stdio: 'inherit' });
}
