import type { ExecutionError } from '../execution/execution.js';
import { FujianError } from './fujian-error.js';

/** What was called in Python raised, was interrupted or ran out of time. */
export class PythonError extends FujianError {
  readonly code = 'FUJIAN_PYTHON_ERROR';
  /** The exception's class: `ZeroDivisionError`. */
  readonly type: string;
  /** `str(exception)`. */
  readonly value: string;
  /** As Python prints it. */
  readonly traceback: string;

  /** The cause is what a function of JavaScript threw, if Python called one and let that through. */
  constructor({ type, value, traceback }: ExecutionError, options?: ErrorOptions) {
    super(value === '' ? type : `${type}: ${value}`, options);
    this.type = type;
    this.value = value;
    this.traceback = traceback;
  }
}
