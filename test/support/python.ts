import type { ExecuteOptions, ExecutionResult } from '../../src/execution/execution.js';
import type { ExecutionOptions } from '../../src/execution/execution-options.js';
import { InterpreterDiedError } from '../../src/errors/interpreter-death.js';
import type { PythonInterpreterService } from '../../src/execution/python-interpreter.service.js';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { type StartedPython, startPython } from '../../src/testing/start-python.js';
import { anyPython } from './pythons.js';

/** Longer than interrupted code takes to stop, even on a busy machine. */
const PATIENT = 60_000;

/** Runs code with an expected outcome in a session. */
export class TestSession {
  constructor(private readonly session: Pick<PythonSession, 'execute'>) {}

  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult> {
    return this.session.execute(code, options);
  }

  /** Runs code that must not raise. */
  async run(code: string): Promise<ExecutionResult> {
    const result = await this.execute(code);
    if (result.error) throw new Error(`unexpected: ${result.error.traceback}`);
    return result;
  }

  /** Runs code that must not raise; returns `str(fujian_return)`. */
  async returned(code: string): Promise<string> {
    return (await this.run(code)).return;
  }

  /** Runs code that must not raise; returns its stdout. */
  async printed(code: string): Promise<string> {
    return (await this.run(code)).stdout;
  }

  /** Runs code that must raise; returns its traceback. */
  async traceback(code: string, options?: ExecuteOptions): Promise<string> {
    const { error } = await this.execute(code, options);
    if (!error) throw new Error('it did not raise');
    return error.traceback;
  }

  /** Runs code that must kill its interpreter; returns the error. */
  async death(code: string, options?: ExecuteOptions): Promise<InterpreterDiedError> {
    const outcome = await this.execute(code, options).catch((error: unknown) => error);
    if (!(outcome instanceof InterpreterDiedError)) {
      throw new Error('the interpreter lives on', { cause: outcome });
    }
    return outcome;
  }
}

/** Session `main` of the real service with a real Python, in a Nest application without a server. */
export class TestPython extends TestSession {
  readonly service: PythonInterpreterService;

  private constructor(private readonly python: StartedPython) {
    super(python.service);
    this.service = python.service;
  }

  /**
   * On any Python, unless `options` name one, however often it dies, and however long its code takes to
   * stop.
   */
  static start(options: ExecutionOptions = {}): Promise<TestPython> {
    return TestPython.startWith({
      python: anyPython().path,
      deathLimit: 0,
      interruptGrace: PATIENT,
      ...options,
    });
  }

  /** Starts a Python with these options alone. */
  static async startWith(options: ExecutionOptions): Promise<TestPython> {
    return new TestPython(await startPython(options));
  }

  async close(): Promise<void> {
    await this.python.close();
  }
}
