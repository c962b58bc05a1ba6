import type { ExecutionId } from '../../../ids.js';
import { PatientTimeout } from '../../../patient-timeout.js';

/** Milliseconds to the first nudge. The pause doubles up to the longest. */
const FIRST_NUDGE = 2;
const LONGEST_PAUSE = 50;

/** Milliseconds after which an interrupt also goes to the whole process group. */
const UNHEARD = 30;

/**
 * Repeats an interrupt until the session acknowledges it. One signal may be too few: a signal just
 * before a blocking call does not end that call, and `os.system()` ignores SIGINT while it waits.
 */
export class Interrupting {
  private nudging: NodeJS.Timeout | undefined;
  private readonly unheard: PatientTimeout;

  constructor(
    readonly execution: ExecutionId,
    private readonly signals: { nudge(): void; interruptGroup(): void },
  ) {
    this.nudgeAfter(FIRST_NUDGE);
    // By then the session most likely waits in C code for a subprocess, which SIGINT can end.
    this.unheard = new PatientTimeout(() => signals.interruptGroup(), UNHEARD).unref();
  }

  /** Stops: the session has acknowledged the interrupt or ended. */
  end(): void {
    clearTimeout(this.nudging);
    this.unheard.clear();
  }

  private nudgeAfter(pause: number): void {
    this.nudging = setTimeout(() => {
      this.signals.nudge();
      this.nudgeAfter(Math.min(2 * pause, LONGEST_PAUSE));
    }, pause).unref();
  }
}
