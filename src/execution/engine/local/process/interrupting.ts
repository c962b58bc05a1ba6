import type { ExecutionId } from '../../../ids.js';
import { PatientTimeout } from '../../../patient-timeout.js';

/** Milliseconds to the first nudge; each further one takes twice as long, up to the longest. */
const FIRST_NUDGE = 2;
const LONGEST_PAUSE = 50;

/** Milliseconds in which the session's own handler should have heard of an interrupt. */
const UNHEARD = 30;

/**
 * An interrupt on its way, until the session has heard of it. One signal may not do: one that comes just
 * before a call that blocks does not end that call, and `os.system()` ignores SIGINT while it waits.
 */
export class Interrupting {
  private nudging: NodeJS.Timeout | undefined;
  private readonly unheard: PatientTimeout;

  constructor(
    readonly execution: ExecutionId,
    private readonly signals: { nudge(): void; interruptGroup(): void },
  ) {
    this.nudgeAfter(FIRST_NUDGE);
    // By then it waits in C code, most likely for a subprocess, which can be ended.
    this.unheard = new PatientTimeout(() => signals.interruptGroup(), UNHEARD).unref();
  }

  /** It was heard, or there is nobody left to hear it. */
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
