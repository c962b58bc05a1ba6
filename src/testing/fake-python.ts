import { NEVER, type Observable, Subject } from 'rxjs';
import { PythonCalls } from '../execution/calls/python-calls.js';
import type { PythonInfo } from '../execution/engine/engine.js';
import {
  SessionExistsError,
  SessionNotFoundError,
  SessionPermanentError,
} from '../errors/session-errors.js';
import type {
  ExecutionResult,
  SessionCallOptions,
  SessionExecuteOptions,
  SessionStreamOptions,
} from '../execution/execution.js';
import type { ExecutionStream } from '../execution/execution-stream.js';
import { MAIN_SESSION } from '../execution/ids.js';
import type { ExecutionEvent } from '../execution/observing/execution-event.js';
import { type PythonHealth, pythonHealth } from '../execution/python-health.js';
import type { PythonInterpreter } from '../execution/python-interpreter.js';
import type { Connection } from '../execution/sessions/connection.js';
import type { PythonSession, SessionFork } from '../execution/sessions/python-session.js';
import type { SessionEvent } from '../execution/sessions/session-event.js';
import { type SessionOptions, sessionId } from '../execution/sessions/session-options.js';
import { Answers, type CallAnswer, type ExecutionAnswer } from './answers.js';
import type { PythonPool } from '../execution/calls/python-pool.js';
import { FakePool } from './fake-pool.js';
import type { FakeCallSession } from './fake-call-session.js';
import { FakeSession } from './fake-session.js';
import type { Question } from './question.js';

/**
 * Test double of `PythonInterpreterService` without Python: returns the answers that the test has
 * given, records the questions, and rejects a question without an answer with an `UnansweredError`.
 * Names that were set can be read. Runs no code, keeps no order and takes no time.
 */
export class FakePython extends PythonCalls<SessionCallOptions> implements PythonInterpreter {
  readonly python: PythonInfo = { version: '3.14.0', executable: 'FakePython' };
  private readonly answers = new Answers();
  private readonly questions: Question[] = [];
  private readonly events = new Subject<SessionEvent>();
  private readonly main = new FakeSession(MAIN_SESSION, this.answers, this.questions);
  private readonly all = new Map<string, FakeSession>([[MAIN_SESSION, this.main]]);

  /**
   * Answers calls of `module:function` with the result of `answer`, or with its error, such as a
   * `PythonError`.
   */
  whenCalled<Args extends unknown[]>(target: string, answer: CallAnswer<Args>): this {
    this.answers.toCall(target, answer);
    return this;
  }

  /** Answers matching expressions with this value, or with the result of this function. */
  whenEvaluated(expression: string | RegExp, value: unknown): this {
    this.answers.toEvaluation(expression, value);
    return this;
  }

  /** Answers matching code with this result. */
  whenExecuted(code: string | RegExp, result: ExecutionAnswer): this {
    this.answers.toExecution(code, result);
    return this;
  }

  /** All questions so far, in order. */
  get asked(): readonly Question[] {
    return [...this.questions];
  }

  get generation(): number {
    return this.main.generation;
  }

  async execute(code: string, options?: SessionExecuteOptions): Promise<ExecutionResult> {
    return this.sessionOf(options).execute(code, options);
  }

  protected override callSessionOf(options: SessionCallOptions | undefined): FakeCallSession {
    return this.sessionOf(options).callSession;
  }

  /** Always present; lends `main`. */
  readonly pool: Pick<PythonPool, keyof PythonPool> = new FakePool(this.main);

  stream(code: string, options?: SessionStreamOptions): ExecutionStream {
    return this.sessionOf(options).stream(code, options);
  }

  /** Opens a connection whose listener receives nothing. */
  connect(_listener: unknown, session: string = MAIN_SESSION): Connection {
    return this.session(session).connect();
  }

  /** Returns false: no code ever runs. */
  interrupt(session: string = MAIN_SESSION): boolean {
    return this.session(session).interrupt();
  }

  /** Forgets the names of the session. */
  async restart(session: string = MAIN_SESSION): Promise<void> {
    await this.session(session).restart();
  }

  async createSession({ id }: SessionOptions = {}): Promise<PythonSession> {
    return this.add(new FakeSession(this.freeId(id), this.answers, this.questions));
  }

  sessions(): readonly PythonSession[] {
    return [...this.all.values()];
  }

  hasSession(id: string): boolean {
    return this.all.has(id);
  }

  /** @throws SessionNotFoundError */
  session(id: string): FakeSession {
    const session = this.all.get(id);
    if (session) return session;
    throw new SessionNotFoundError(id);
  }

  async fork(session: string, { id }: { readonly id?: string } = {}): Promise<SessionFork> {
    const parent = this.session(session);
    return { session: this.add(parent.copy(this.freeId(id)), session), lostThreads: [] };
  }

  async close(session: string): Promise<void> {
    const closed = this.session(session);
    if (closed === this.main) throw new SessionPermanentError(session);
    closed.condition = 'closed';
    this.all.delete(session);
    this.events.next({ session, generation: closed.generation, type: 'closed' });
  }

  /** Events of sessions that are created, started and closed. */
  get sessionEvents(): Observable<SessionEvent> {
    return this.events;
  }

  /** Never emits: no code is executed. */
  readonly executionEvents: Observable<ExecutionEvent> = NEVER;

  /** Always healthy. */
  readonly health: PythonHealth = pythonHealth('up', {
    state: 'idle',
    generation: 1,
    lastDeath: undefined,
    queue: { pending: 0, limit: 1 },
    circuit: { state: 'closed' },
  });

  /** Always 0, as nothing is pushed. */
  readonly connections = 0;

  async memory(): Promise<number> {
    return 0;
  }

  private sessionOf(options: { readonly session?: string } | undefined): FakeSession {
    return this.session(options?.session ?? MAIN_SESSION);
  }

  /** @throws SessionOptionsError, SessionExistsError */
  private freeId(wanted: string | undefined): string {
    const id = sessionId(wanted);
    if (this.all.has(id)) throw new SessionExistsError(id);
    return id;
  }

  private add(session: FakeSession, forkOf?: string): FakeSession {
    const { id, generation } = session;
    this.all.set(id, session);
    this.events.next({ session: id, generation: 0, type: 'created', forkOf });
    this.events.next({ session: id, generation, type: 'started', took: 0 });
    return session;
  }
}
