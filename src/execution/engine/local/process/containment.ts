import { described } from '../../../thrown.js';
import { FrameError } from '../channel/frame-decoder.js';

/**
 * Runs a callback of the event loop. If it throws, calls `end` with the reason, to end the process
 * that the event came from: a throw would end this service and all sessions.
 */
export function contain(act: () => void, end: (reason: string) => void): void {
  try {
    act();
  } catch (error) {
    end(faultOf(error));
  }
}

/** Returns a phrase that completes "the interpreter ended: …". */
function faultOf(error: unknown): string {
  return error instanceof FrameError
    ? `it broke the protocol of its channel (${error.message}) and was killed`
    : `this service failed to handle its messages (${described(error).message}), and killed it`;
}
