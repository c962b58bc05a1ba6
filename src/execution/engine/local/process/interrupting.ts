import type { ExecutionId } from '../../../ids.js';
import { PatientTimeout } from '../../../patient-timeout.js';

/** Milliseconds to the first nudge. The pause doubles up to the longest. */
const FIRST_NUDGE = 2;
const LONGEST_PAUSE = 50;

/** Milliseconds after which the subprocesses are interrupted too. */
const UNHEARD = 30;

/** Milliseconds after which SIGINT is sent too. */
const LONG_UNHEARD = 1_000;

/** How an interrupt is sent. */
export interface InterruptSignals {
  /** Has the session read the interrupt from its channel. */
  nudge(): void;
  interruptSubprocesses(): void;
  /** Sends SIGINT, which may hit other code than that of the execution. */
  interruptProcess(): void;
}

/**
 * Repeats an interrupt until the session acknowledges it. One nudge may be too few: one just before
 * a blocking call does not end that call.
 */
export class Interrupting {
  private nudging: NodeJS.Timeout | undefined;
  private readonly unheard: readonly PatientTimeout[];

  constructor(
    readonly execution: ExecutionId,
    private readonly signals: InterruptSignals,
  ) {
    this.nudgeAfter(FIRST_NUDGE);
    this.unheard = [
      // By then the session most likely waits in C code for a subprocess, as in `os.system()`.
      new PatientTimeout(() => signals.interruptSubprocesses(), UNHEARD).unref(),
      // By then it is in C code that may handle SIGINT itself, as solvers do.
      new PatientTimeout(() => signals.interruptProcess(), LONG_UNHEARD).unref(),
    ];
  }

  /** Stops: the session has acknowledged the interrupt or ended. */
  end(): void {
    clearTimeout(this.nudging);
    for (const timeout of this.unheard) timeout.clear();
  }

  private nudgeAfter(pause: number): void {
    this.nudging = setTimeout(() => {
      this.signals.nudge();
      this.nudgeAfter(Math.min(2 * pause, LONGEST_PAUSE));
    }, pause).unref();
  }
}
