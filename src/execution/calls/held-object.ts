import { StaleHandleError } from '../../errors/call-errors.js';
import type { KeptId } from '../ids.js';
import { KeptObject } from '../values/kept-object.js';
import type { CallSession } from './call-session.js';

/**
 * Reference to an object that Python keeps until `release()`, the end of a `using` block, or the
 * garbage collection of this reference.
 */
export class HeldObject extends KeptObject implements Disposable {
  private isReleased = false;
  /** Hidden from logs and `JSON.stringify()`, which would print the whole engine. */
  readonly #callSession: CallSession;

  constructor(id: KeptId, callSession: CallSession) {
    super(id);
    this.#callSession = callSession;
    abandoned.register(this, { id, callSession }, this);
  }

  /** Lets Python drop the object after the earlier requests. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    abandoned.unregister(this);
    this.#callSession.release(this.id);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** @throws StaleHandleError */
  protected get owner(): CallSession {
    if (this.isReleased) throw new StaleHandleError();
    return this.#callSession;
  }
}

const abandoned = new FinalizationRegistry<{ id: KeptId; callSession: CallSession }>(
  ({ id, callSession }) => callSession.release(id),
);
