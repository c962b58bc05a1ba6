import { UnavailableError } from './unavailable.error.js';

/** Interpreters died so often that none is started for a while. */
export class CircuitOpenError extends UnavailableError {
  readonly code = 'FUJIAN_CIRCUIT_OPEN';
  override readonly retryAfter: number;

  constructor(deaths: number, window: number, closedFor: number, lastReason: string) {
    const seconds = Math.max(1, Math.ceil(closedFor / 1000));
    super(
      `The interpreter ended ${deaths} times within ${window / 1000} s (the last time: ${lastReason}), ` +
        `so none is started for now; this code was not run. Send it again in ${seconds} s.`,
    );
    this.retryAfter = seconds;
  }
}
