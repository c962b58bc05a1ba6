import { encodeOperation, type KeepOptions, type Operation } from '../calls/operation.js';
import type { CallSession } from '../calls/call-session.js';
import { waitingCallsOf } from '../calls/waiting-python.js';
import { type ExecutionError, PythonError, StaleHandleError } from '../../errors/call-errors.js';
import type { CallOptions } from '../execution.js';
import type { ExecutionListener } from '../stream-events.js';
import type { KeptId } from '../ids.js';
import { described, thrownText } from '../thrown.js';
import type { CallFunction } from '../values/javascript-function.js';
import type { ExecutionListeners } from './session-executions.js';
import type { OperationResult } from './pending-execution.js';

/** Session that runs operations as executions. */
export interface ExecutingSession {
  execute(
    code: string,
    options: CallOptions,
    listeners: ExecutionListeners,
  ): Promise<OperationResult>;
  release(id: KeptId): void;
}

/** Runs operations as executions of a session. */
export class SessionOperations implements CallSession {
  /** The last error that a called JavaScript function threw, and its message as Python sees it. */
  private thrown: { readonly error: unknown; readonly message: string } | undefined;

  constructor(private readonly session: ExecutingSession) {}

  async perform(
    operation: Operation,
    options: CallOptions,
    keepOptions?: KeepOptions,
  ): Promise<unknown> {
    const { onStdout, onStderr } = options;
    const encoded = encodeOperation(operation, keepOptions);
    const listeners = {
      operation: encoded,
      ...(encoded.functions.size > 0 && { callFunction: this.callingFunctions() }),
      ...((onStdout || onStderr) && { listener: printing(onStdout, onStderr) }),
    };
    const { value, error } = await this.session.execute('', options, listeners);
    if (error) throw this.errorOf(error);
    return value;
  }

  release(id: KeptId): void {
    this.session.release(id);
  }

  private callingFunctions(): CallFunction {
    const waitingCall = waitingCallsOf(this.session);
    return async (called, ...args) => {
      try {
        return await waitingCall(called, ...args);
      } catch (error) {
        this.thrown = { error, message: thrownText(described(error)) };
        throw error;
      }
    };
  }

  private errorOf(error: ExecutionError): Error {
    if (error.type === StaleHandleError.name) return new StaleHandleError();
    const isThrown = error.type === 'JavaScriptError' && error.value === this.thrown?.message;
    if (isThrown) return new PythonError(error, { cause: this.thrown?.error });
    return new PythonError(error, 'cause' in error ? { cause: error.cause } : undefined);
  }
}

function printing(
  onStdout: CallOptions['onStdout'],
  onStderr: CallOptions['onStderr'],
): ExecutionListener {
  return (event, watch) => {
    if (event.type === 'stdout') watch(onStdout?.(event.text));
    if (event.type === 'stderr') watch(onStderr?.(event.text));
    return undefined;
  };
}
