import { inspect } from 'node:util';
import { FujianError } from './fujian-error.js';

/** Python exception that user code did not catch. */
export interface ExecutionError {
  /** The class's name: `ZeroDivisionError`. */
  readonly type: string;
  /** `str(exception)`. */
  readonly value: string;
  /** Traceback as Python prints it: with the user's source lines, without Fujian's frames. */
  readonly traceback: string;
  /** Only for SystemExit: how a Python program would have exited. */
  readonly exit?: ExitRequest;
  /** The reason of the `AbortSignal`, if its abort interrupted the code. */
  readonly cause?: unknown;
  /** Set if the code has a `sys.excepthook` of its own, which has shown the exception. */
  readonly isShown?: true;
}

export interface ExitRequest {
  /** 0 to 255. */
  readonly status: number;
  /** Text that Python would have written to stderr. */
  readonly message?: string;
}

/** The called Python code raised, was interrupted or timed out. */
export class PythonError extends FujianError {
  readonly code = 'FUJIAN_PYTHON_ERROR';
  /** The exception's class: `ZeroDivisionError`. */
  readonly type: string;
  /** `str(exception)`. */
  readonly value: string;
  /** Traceback as Python prints it. */
  readonly traceback: string;

  /**
   * @param options `cause`: the error of a JavaScript function that Python called, if Python let it
   * through, or the reason of the `AbortSignal` whose abort interrupted the code.
   */
  constructor({ type, value, traceback }: ExecutionError, options?: ErrorOptions) {
    super(value === '' ? type : `${type}: ${value}`, options);
    this.type = type;
    this.value = value;
    this.traceback = traceback;
  }
}

/** An argument or option has a type that the call does not take. Nothing was run. */
export class InvalidArgumentError extends FujianError {
  readonly code = 'FUJIAN_INVALID_ARGUMENT';

  /**
   * @param what names the argument: `The code`.
   * @param needed what it must be: `a string`.
   */
  constructor(what: string, needed: string, given: unknown) {
    const shown = inspect(given, { depth: 0, maxArrayLength: 3, maxStringLength: 50 });
    super(`${what} must be ${needed}, not ${shown}; nothing was run.`);
  }
}

/**
 * An argument of a call is undefined, and a later one is not: Python would take that one in its
 * place.
 */
export class LeftOutArgumentError extends FujianError {
  readonly code = 'FUJIAN_LEFT_OUT_ARGUMENT';

  constructor(
    /** `package.module:function` */
    readonly target: string,
    at: number,
  ) {
    super(
      `Argument ${at + 1} of ${target} is undefined, but later arguments are not. To omit it, pass the later ones by name: keywords({ name: value }). To pass None, use null.`,
    );
  }
}

/** The object of a handle is gone. */
export class StaleHandleError extends FujianError {
  readonly code = 'FUJIAN_STALE_HANDLE';

  constructor() {
    super(
      'The object of this handle is gone: the handle was released, its interpreter was replaced, or it was passed ' +
        'to another session. Create a new handle.',
    );
  }
}

/** A value, or a part of it, cannot be converted to Python. */
export class UnsupportedValueError extends FujianError {
  readonly code = 'FUJIAN_UNSUPPORTED_VALUE';

  constructor(
    /** Path of the value in the arguments: `args[0].points[3]`. */
    readonly path: string,
    what: string,
    /** Sentence that says what to do, if anything helps. */
    remedy?: string,
  ) {
    const advice = remedy === undefined ? '' : ` ${remedy}`;
    super(`At ${path} there is ${what}, which cannot be passed to Python.${advice}`);
  }
}
