import type { Logger } from '@nestjs/common';
import type { InterpreterEngine } from '../engine/engine.js';
import type { ExecutionObserver } from '../observing/execution-observer.js';
import type { SessionEvent } from './session-event.js';

/** What a session has in common with the others of its Python. */
export interface SessionSurroundings {
  readonly engine: InterpreterEngine;
  readonly logger: Logger;
  /** Is told what happens to the session; nobody is by default. */
  readonly tell?: ((event: SessionEvent) => void) | undefined;
  readonly observer: ExecutionObserver;
}
