import { FujianError } from './fujian-error.js';

/** An exception that user code did not catch. */
export interface ExecutionError {
  /** The class's name: `ZeroDivisionError`. */
  readonly type: string;
  /** `str(exception)`. */
  readonly value: string;
  /** The traceback as Python prints it: with the user's source lines, without frames of ours. */
  readonly traceback: string;
  /** Of SystemExit: how a program would have ended that did not catch it. */
  readonly exit?: ExitRequest;
}

export interface ExitRequest {
  /** 0 to 255. */
  readonly status: number;
  /** What Python would have written to stderr. */
  readonly message?: string;
}

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

/** A call leaves out an argument, and gives one behind it: Python would take that for the one left out. */
export class LeftOutArgumentError extends FujianError {
  readonly code = 'FUJIAN_LEFT_OUT_ARGUMENT';

  constructor(
    /** `package.module:function` */
    readonly target: string,
    at: number,
  ) {
    super(
      `Argument ${at + 1} of ${target} is undefined, and others follow. To leave it out, give those by name: keywords({ name: value }). None is null.`,
    );
  }
}

/** What a handle stood for is gone. */
export class StaleHandleError extends FujianError {
  readonly code = 'FUJIAN_STALE_HANDLE';

  constructor() {
    super(
      'What this handle stood for is gone: the handle was released, its interpreter was replaced, or it was passed ' +
        'to another session. Make a new one.',
    );
  }
}

/** A value, or a part of it, has no form in Python. */
export class UnsupportedValueError extends FujianError {
  readonly code = 'FUJIAN_UNSUPPORTED_VALUE';

  constructor(
    /** Where it is in what was passed: `args[0].points[3]`. */
    readonly path: string,
    what: string,
  ) {
    super(`At ${path} there is ${what}, which cannot be passed to Python.`);
  }
}
