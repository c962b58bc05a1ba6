import { PatientTimeout } from '../../../patient-timeout.js';

/** Milliseconds from an answer to the next question. */
const INTERVAL = 5_000;
/** Milliseconds that one answer may take. */
const PATIENCE = 1_000;
/** Number of answers missed in a row after which the process is given up. */
const MISSED_AT_MOST = 10;

/** Milliseconds until a process that does not answer is given up. */
export const HEARTBEAT_LIMIT = PATIENCE * MISSED_AT_MOST;

/** Asks a process regularly for a sign of life. */
export class Heartbeat {
  private timer: PatientTimeout | undefined;
  private missed = 0;
  private isAwaited = false;
  /** The awaited answer may have been given before this question. */
  private isAskedAgain = false;

  constructor(private readonly process: { ask(): void; awaken(): void; giveUp(): void }) {}

  /** Whether the process is late with an answer. */
  get isMissed(): boolean {
    return this.missed > 0;
  }

  /** Asks now, or once the awaited answer has come. */
  ask(): void {
    this.isAskedAgain = this.isAwaited;
    if (this.isAwaited) return;
    this.isAwaited = true;
    this.process.ask();
    this.wait(PATIENCE, () => this.miss());
  }

  /** Begins or goes on: the process has given a sign of life. */
  answered(): void {
    this.isAwaited = false;
    this.missed = 0;
    if (this.isAskedAgain) this.ask();
    else this.wait(INTERVAL, () => this.ask());
  }

  end(): void {
    this.timer?.clear();
  }

  private miss(): void {
    this.missed += 1;
    if (this.missed === MISSED_AT_MOST) {
      this.process.giveUp();
      return;
    }
    this.process.awaken();
    this.wait(PATIENCE, () => this.miss());
  }

  private wait(pause: number, act: () => void): void {
    this.timer?.clear();
    this.timer = new PatientTimeout(act, pause).unref();
  }
}
