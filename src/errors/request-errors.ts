import { UnavailableError } from './fujian-error.js';

/** Clients are sending so many large messages at one time that this one was not received. */
export class TooMuchAtOnceError extends UnavailableError {
  readonly code = 'FUJIAN_TOO_MUCH_AT_ONCE';

  /** @param limit bytes. */
  constructor(readonly limit: number) {
    super(
      `Clients are sending more than ${limit} bytes at one time, so this request was not received; nothing was run. Send it again when others have arrived.`,
    );
  }
}
