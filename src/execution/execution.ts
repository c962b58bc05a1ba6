/** What code wrote to its two output streams. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** An exception that user code did not catch. */
export interface ExecutionError {
  /** The class's name: `ZeroDivisionError`. */
  readonly type: string;
  /** `str(exception)`. */
  readonly value: string;
  /** The traceback as Python prints it: with the user's source lines, without frames of ours. */
  readonly traceback: string;
}

export interface ExecutionResult extends Output {
  /** `str(fujian_return)` at the end of the run; empty if the code did not set it. */
  readonly return: string;
  /** There if the code raised, was interrupted or ran out of time. */
  readonly error?: ExecutionError;
}

export interface ExecuteOptions {
  /** The name that tracebacks show for the code. Default: `<fujian-N>`. */
  readonly filename?: string;
  /** Milliseconds from the start of the run to its interrupt; 0: no limit. Default: the module's. */
  readonly timeout?: number;
}

/** A message that Python passed to `FUJIAN_WS.write_message()`. */
export type PushedMessage = string | Buffer;
