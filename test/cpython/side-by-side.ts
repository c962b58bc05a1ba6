import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestPython } from '../support/python.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Milliseconds until a module is interrupted: some tests hang on some machines, with us or without. */
const DEADLINE = 90_000;
/** Milliseconds from that interrupt to the kill. */
export const GRACE = 10_000;

/** A test whose outcome in a session is not that in a plain Python. */
export interface Difference {
  readonly test: string;
  readonly plainly: string;
  readonly inSession: string;
  /** Why it failed. */
  readonly detail: string;
}

interface Outcome {
  readonly outcome: string;
  readonly detail: string;
}
type Outcomes = ReadonlyMap<string, Outcome>;

/** The last line of a module that has not died. */
const THE_END = '';
const NOT_RUN: Outcome = { outcome: 'not run', detail: '' };

/** Runs the same code plainly and in a session, at the same time. */
export class SideBySide {
  constructor(
    private readonly executable: string,
    private readonly python: TestPython,
  ) {}

  /** Runs a module of CPython's tests. Returns undefined if this Python has no such module. */
  async run(module: string): Promise<readonly Difference[] | undefined> {
    const [plainly, inSession] = await Promise.all([
      recorded((folder) => this.plainly(folder, codeOf(module, folder))),
      recorded((folder) => this.inSession(folder, codeOf(module, folder))),
    ]);
    return plainly.get(module)?.outcome === 'absent'
      ? undefined
      : differences(module, plainly, inSession);
  }

  private async plainly(folder: string, code: string): Promise<void> {
    const child = spawn(this.executable, ['-c', code], {
      cwd: folder,
      env: { ...process.env, ...environmentOf(folder) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, which tests may kill
    });
    child.stdout.resume();
    child.stderr.resume();
    const interrupt = setTimeout(() => child.kill('SIGINT'), DEADLINE);
    const kill = setTimeout(() => child.kill('SIGKILL'), DEADLINE + GRACE);
    await once(child, 'exit');
    clearTimeout(interrupt);
    clearTimeout(kill);
    killGroup(child.pid!);
  }

  private async inSession(folder: string, code: string): Promise<void> {
    const { service } = this.python;
    const session = await service.createSession({ cwd: folder, env: environmentOf(folder) });
    await session.execute(code, { timeout: DEADLINE }).catch(() => undefined); // it died
    await service.close(session.id);
  }
}

function codeOf(module: string, folder: string): string {
  const [here, name, record] = [HERE, module, recordOf(folder)].map((text) => JSON.stringify(text));
  return `import sys; sys.path.append(${here}); import module_run; sys.path.remove(${here}); module_run.run(${name}, ${record})`;
}

function environmentOf(folder: string): Record<string, string> {
  return { TMPDIR: folder };
}

function recordOf(folder: string): string {
  return `${folder}.record`;
}

/** Runs a module in a folder of its own. Returns the outcome of each test. */
async function recorded(run: (folder: string) => Promise<void>): Promise<Outcomes> {
  const folder = mkdtempSync(join(tmpdir(), 'cpython-'));
  try {
    await run(folder);
    const lines = readFileSync(recordOf(folder), 'ascii').split('\n').slice(0, -1);
    return outcomesIn(lines.map((line) => JSON.parse(line) as [string, string, string]));
  } finally {
    await removed(folder);
    rmSync(recordOf(folder), { force: true });
  }
}

/** Removes a folder into which killed processes may write for a moment. */
async function removed(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(100);
    }
  }
}

/** A failed subtest, or a failure to clean up, makes a test fail that has passed otherwise. */
function outcomesIn(lines: readonly (readonly [string, string, string])[]): Outcomes {
  const outcomes = new Map<string, Outcome>();
  for (const [test, outcome, detail] of lines) {
    if (outcomes.get(test)?.outcome !== 'failed') outcomes.set(test, { outcome, detail });
  }
  return outcomes;
}

/** Without the tests that have not been run because their module was interrupted, or has died. */
function differences(module: string, plainly: Outcomes, inSession: Outcomes): Difference[] {
  const tests = new Set([...plainly.keys(), ...inSession.keys()]);
  if ([plainly, inSession].some((one) => isInterrupted(module, one))) tests.delete(module);
  const wasKept = (test: string, from: Outcomes) =>
    test !== THE_END && !from.has(test) && (isInterrupted(module, from) || !from.has(THE_END));
  return [...tests].flatMap((test) => {
    if (wasKept(test, plainly) || wasKept(test, inSession)) return [];
    const [plain, ours] = [plainly.get(test) ?? NOT_RUN, inSession.get(test) ?? NOT_RUN];
    if (plain.outcome === ours.outcome) return [];
    const detail = ours.detail || plain.detail;
    const name = test === THE_END ? `the end of ${module}` : test;
    return [{ test: name, plainly: plain.outcome, inSession: ours.outcome, detail }];
  });
}

function isInterrupted(module: string, outcomes: Outcomes): boolean {
  return outcomes.get(module)?.detail === 'KeyboardInterrupt';
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // None of it is left.
  }
}
