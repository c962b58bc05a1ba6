import { encodeOperation, type KeepOptions, type Operation } from '../calls/operation.js';
import type { CallSession } from '../calls/call-session.js';
import { calledFrom } from '../calls/waiting-python.js';
import { type ExecutionError, PythonError, StaleHandleError } from '../../errors/call-errors.js';
import type { CallOptions } from '../execution.js';
import type { ExecutionListener } from '../stream-events.js';
import type { KeptId } from '../ids.js';
import { described, thrownText } from '../thrown.js';
import type { EncodedValue } from '../values/encode-value.js';
import type { JavaScriptFunction } from '../values/javascript-function.js';
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
      operation: encoded.functions.size > 0 ? this.callable(encoded) : encoded,
      ...((onStdout || onStderr) && { listener: printing(onStdout, onStderr) }),
    };
    const { value, error } = await this.session.execute('', options, listeners);
    if (error) throw this.errorOf(error);
    return value;
  }

  release(id: KeptId): void {
    this.session.release(id);
  }

  private callable(encoded: EncodedValue): EncodedValue {
    const noting = (called: JavaScriptFunction): JavaScriptFunction =>
      calledFrom(this.session, async (...args) => {
        try {
          return await called(...args);
        } catch (error) {
          this.thrown = { error, message: thrownText(described(error)) };
          throw error;
        }
      });
    const functions = Array.from(
      encoded.functions,
      ([id, called]) => [id, noting(called)] as const,
    );
    return { ...encoded, functions: new Map(functions) };
  }

  private errorOf(error: ExecutionError): Error {
    if (error.type === StaleHandleError.name) return new StaleHandleError();
    const isThrown = error.type === 'JavaScriptError' && error.value === this.thrown?.message;
    return new PythonError(error, isThrown ? { cause: this.thrown?.error } : undefined);
  }
}

function printing(
  onStdout: ((text: string) => void) | undefined,
  onStderr: ((text: string) => void) | undefined,
): ExecutionListener {
  return (event) => {
    if (event.type === 'stdout') onStdout?.(event.text);
    if (event.type === 'stderr') onStderr?.(event.text);
    return undefined;
  };
}
