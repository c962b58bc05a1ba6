import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, inject } from 'vitest';
import { ExecutionAbortedError } from '../../src/errors/execution-errors.js';
import { FujianError } from '../../src/errors/fujian-error.js';
import { InterpreterDiedError } from '../../src/errors/interpreter-death.js';
import type { ExecutionResult } from '../../src/execution/execution.js';
import { descriptorsOf, MARK, processesMarked } from '../support/processes.js';
import type { Answer } from '../support/service.js';

/** Factor of the number of rounds: `FUJIAN_SOAK=10 npm run test:all -- faults`. */
export const SOAK = Math.max(1, Number(process.env['FUJIAN_SOAK'] ?? 1));

/** Milliseconds that end a hanging test a little before vitest does, so that the counts are shown. */
const HANGS = 75_000;
export const SOAK_HANGS = 20 * 60_000 * SOAK;
export const SOAK_TIMEOUT = SOAK_HANGS + 60_000;
/** Number of polls, 20 ms apart, for processes and descriptors that are about to go. */
const LOOKS = 1_500;

/** Returns how many rounds there are: a few in the everyday tests, many in `npm run test:all`. */
export function rounds(everyday: number, all: number): number {
  return inject('scope') === 'all' ? all * SOAK : everyday;
}

/** The target of a fault, and the resources that must not change. */
export interface Subject {
  /** The process of the server. */
  readonly pid: number;
  /** The server, if it is a process of its own, and its descendants. */
  processes(): string[];
}

/** Returns this process as the subject: the server of the Pythons that it starts from now on. */
export function thisProcess(): Subject {
  const mark = (process.env[MARK] = randomUUID());
  return { pid: process.pid, processes: () => processesMarked(mark) };
}

/** Counts the requests during a fault, and their outcomes. */
export class Tally {
  requests = 0;
  answers = 0;
  failures = 0;
  /** Measurements. */
  note = '';
  readonly reasons: Record<string, number> = {};

  /** Counts an execution. */
  ask(asked: Promise<ExecutionResult>): Promise<ExecutionResult | FujianError> {
    const answered = asked.catch((error: unknown) => {
      if (error instanceof FujianError) return error;
      throw error; // not an answer that a client could understand
    });
    return this.count(answered, reasonOf);
  }

  /** Counts a request over HTTP. */
  askHttp(asked: Promise<Answer>): Promise<Answer> {
    return this.count(asked, ({ status, json }) => {
      if (status === 200) return undefined;
      return `${status} ${json.code ?? json.traceback?.trimEnd().split('\n').at(-1)}`;
    });
  }

  /** Counts another request; `reason` returns why it failed, or undefined. */
  async count<T>(asked: Promise<T>, reason: (answer: T) => string | undefined): Promise<T> {
    this.requests += 1;
    const answer = await asked;
    this.answers += 1;
    const why = reason(answer);
    if (why !== undefined) {
      this.failures += 1;
      if (why !== '') this.reasons[why] = (this.reasons[why] ?? 0) + 1;
    }
    return answer;
  }
}

function reasonOf(outcome: ExecutionResult | FujianError): string | undefined {
  if (!(outcome instanceof FujianError)) return outcome.error?.type;
  if (outcome instanceof ExecutionAbortedError) return 'aborted before it began';
  if (!(outcome instanceof InterpreterDiedError)) return outcome.message;
  return outcome.started ? outcome.death.reason : `not run: ${outcome.death.reason}`;
}

interface Row {
  readonly fault: string;
  readonly tally: Tally;
  readonly left: number;
  readonly before: number;
  readonly after: number;
}

/** Collects the counts of a file's faults, checks them against the promises, and prints them. */
export class FaultTable {
  private readonly rows: Row[] = [];

  constructor(title: string) {
    afterAll(() => process.stdout.write(`\n### ${title}\n\n${this.toMarkdown()}\n`));
  }

  /**
   * Every request is answered, every failure has a reason, no process and no descriptor is left.
   * Returns the reasons.
   */
  async inject(
    fault: string,
    subject: Subject,
    act: (tally: Tally) => Promise<unknown>,
    hangsAfter = HANGS,
  ): Promise<Readonly<Record<string, number>>> {
    const tally = new Tally();
    const processes = subject.processes().length;
    const before = descriptorsOf(subject.pid);
    const given = new AbortController();
    const hung = sleep(hangsAfter, undefined, { signal: given.signal }).catch(() => undefined);
    await Promise.race([act(tally), hung]);
    given.abort();
    await settled(subject, processes, before);
    const after = descriptorsOf(subject.pid);
    const remaining = subject.processes();
    const left = Math.max(0, remaining.length - processes);
    this.rows.push({ fault, tally, left, before, after });

    expect(tally.answers, 'answers').toBe(tally.requests);
    expect(sum(Object.values(tally.reasons)), 'reasons').toBe(tally.failures);
    expect(remaining.length, remaining.join('\n')).toBeLessThanOrEqual(processes);
    expect(after, 'descriptors').toBeLessThanOrEqual(before);
    return tally.reasons;
  }

  /** Call this last: the sum reveals small growth in each fault. */
  async total(subject: Subject): Promise<void> {
    const { before } = this.rows[0]!;
    const tally = new Tally();
    for (const row of this.rows) {
      tally.requests += row.tally.requests;
      tally.answers += row.tally.answers;
      tally.failures += row.tally.failures;
    }
    tally.note = `${this.rows.length} faults`;
    tally.reasons['a reason'] = tally.failures;
    await settled(subject, Infinity, before);
    const after = descriptorsOf(subject.pid);
    const left = sum(this.rows.map((row) => row.left));
    this.rows.push({ fault: 'all of these', tally, left, before, after });
    expect(after, 'descriptors').toBeLessThanOrEqual(before);
  }

  private toMarkdown(): string {
    const titles = ['fault', 'requests', 'answers', 'reasons given', 'left', 'descriptors'];
    const cells = this.rows.map(({ fault, tally, left, before, after }) => [
      tally.note ? `${fault} (${tally.note})` : fault,
      String(tally.requests),
      String(tally.answers),
      Object.entries(tally.reasons)
        .map(([reason, times]) => (times === 1 ? reason : `${times} × ${reason}`))
        .join('; ')
        .replaceAll(/ \/\S*\//g, ' ') || '–', // the path of temporary files does not matter
      String(left),
      `${before} → ${after}`,
    ]);
    const widths = titles.map((title, column) =>
      Math.max(title.length, ...cells.map((row) => row[column]!.length)),
    );
    const lines = [titles, widths.map((width) => '-'.repeat(width)), ...cells].map(
      (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`,
    );
    return lines.join('\n');
  }
}

/** Polls until killed processes and closed descriptors are gone, since there is no event for that. */
async function settled(subject: Subject, processes: number, descriptors: number): Promise<void> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const isBack = descriptorsOf(subject.pid) <= descriptors;
    if (isBack && subject.processes().length <= processes) return;
    await sleep(20);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
