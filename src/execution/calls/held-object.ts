import { StaleHandleError } from '../../errors/call-errors.js';
import type { KeptId } from '../ids.js';
import { KeptObject } from '../values/kept-object.js';
import type { Performer } from './performer.js';

/**
 * An object that Python keeps until `release()`, the end of a block that this is declared in by `using`, or until
 * nothing refers to this any more.
 */
export class HeldObject extends KeptObject implements Disposable {
  private isReleased = false;
  /** Hidden from logs and `JSON.stringify()` as well, which would show the whole engine. */
  readonly #performer: Performer;

  constructor(id: KeptId, performer: Performer) {
    super(id);
    this.#performer = performer;
    abandoned.register(this, { id, performer }, this);
  }

  /** Python need not keep it any more. What was asked for before is done all the same. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    abandoned.unregister(this);
    this.#performer.release(this.id);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** @throws StaleHandleError */
  protected get owner(): Performer {
    if (this.isReleased) throw new StaleHandleError();
    return this.#performer;
  }
}

const abandoned = new FinalizationRegistry<{ id: KeptId; performer: Performer }>(
  ({ id, performer }) => performer.release(id),
);
