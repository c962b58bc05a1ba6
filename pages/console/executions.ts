import { request } from '../shared/service.js';
import { jsonLines } from './json-lines.js';
import type { Line } from './wire.js';

/** The file name of cells in tracebacks. Distinct for each page, as several may use one session. */
const PAGE = Math.random().toString(36).slice(2, 6);
export const fileNameOf = (cell: number): string => `<cell-${cell}-${PAGE}>`;

export interface Execution {
  readonly session: string;
  readonly cell: number;
  readonly code: string;
}

interface Waiting {
  start(): void;
  withdraw(): void;
}

/**
 * Runs code, one execution at a time in each session: browsers have few connections, and waiting
 * requests would take them all.
 */
export class Executions {
  private readonly running = new Set<string>();
  private readonly waiting = new Map<string, Waiting[]>();

  /**
   * Runs code and passes on each line of the reply.
   *
   * @returns false if the execution was withdrawn before it began.
   * @throws Refusal if the service refuses, TypeError if the connection is lost.
   */
  async run({ session, cell, code }: Execution, take: (line: Line) => void): Promise<boolean> {
    if (!(await this.turn(session))) return false;
    try {
      const body = JSON.stringify({ code, context_id: session, filename: fileNameOf(cell) });
      const response = await request('execute', { method: 'POST', body });
      let hasEnded = false;
      for await (const line of jsonLines<Line>(response.body!)) {
        take(line);
        hasEnded ||= line.type === 'end_of_execution';
      }
      if (!hasEnded) throw new TypeError('the answer ended before the execution did');
      return true;
    } finally {
      this.running.delete(session);
      this.waiting.get(session)?.shift()?.start();
    }
  }

  isRunning(session: string): boolean {
    return this.running.has(session);
  }

  /** Withdraws all executions of the session that have not begun. */
  withdraw(session: string): void {
    for (const one of this.waiting.get(session)?.splice(0) ?? []) one.withdraw();
  }

  private turn(session: string): Promise<boolean> {
    if (!this.running.has(session)) {
      this.running.add(session);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const start = (): void => {
        this.running.add(session);
        resolve(true);
      };
      const waiting = this.waiting.get(session) ?? [];
      this.waiting.set(session, waiting);
      waiting.push({ start, withdraw: () => resolve(false) });
    });
  }
}
