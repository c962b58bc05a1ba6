import type {
  InputReply,
  Interpreter,
  InterpreterEngine,
  InterpreterObserver,
  InterpreterSpec,
  Outcome,
  PythonInfo,
  Submission,
} from '../../engine/engine.js';
import type { Death, DeathCause, DeathReason } from '../../../errors/interpreter-death.js';
import type { ConnectionId, ExecutionId, KeptId, SessionId } from '../../ids.js';

export const RETURNED: Outcome = {
  stdout: '',
  stderr: '',
  hasBegun: true,
  returned: '',
  error: undefined,
};

export const RAISED: Outcome = {
  ...RETURNED,
  error: { type: 'ValueError', value: 'v', traceback: 'Traceback …\nValueError: v\n' },
};

export const INTERRUPTED: Outcome = {
  ...RETURNED,
  error: {
    type: 'KeyboardInterrupt',
    value: '',
    traceback: 'Traceback (most recent call last):\n  File "<t>", line 1\nKeyboardInterrupt\n',
  },
};

/** Outcome of code that is interrupted before its first line. */
const NOT_BEGUN: Outcome = {
  ...RETURNED,
  hasBegun: false,
  error: { type: 'KeyboardInterrupt', value: '', traceback: 'KeyboardInterrupt\n' },
};

/** Engine without Python, whose interpreters do what the test says. */
export class ScriptedEngine implements InterpreterEngine {
  readonly interpreters: ScriptedInterpreter[] = [];
  private awaited: { begin(interpreter: ScriptedInterpreter): void; fail(error: Error): void }[] =
    [];
  private readonly observers: InterpreterObserver[] = [];
  readonly condition = 'up';

  start(): Promise<PythonInfo> {
    return Promise.resolve({ version: '3.99.0', executable: '/scripted' });
  }

  startInterpreter(_spec: InterpreterSpec, observer: InterpreterObserver): Promise<Interpreter> {
    this.observers.push(observer);
    return new Promise((begin, fail) => this.awaited.push({ begin, fail }));
  }

  forkInterpreter(
    _parent: Interpreter,
    _session: SessionId,
    observer: InterpreterObserver,
  ): Promise<Interpreter> {
    this.observers.push(observer);
    return new Promise((begin, fail) => this.awaited.push({ begin, fail }));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  get isStarting(): boolean {
    return this.awaited.length > 0;
  }

  get latest(): ScriptedInterpreter | undefined {
    return this.interpreters.at(-1);
  }

  /** Completes the oldest start. */
  begin(): ScriptedInterpreter {
    const interpreter = new ScriptedInterpreter(this.observers.at(-1)!);
    this.interpreters.push(interpreter);
    this.awaited.shift()!.begin(interpreter);
    return interpreter;
  }

  /** Fails the oldest start. */
  refuse(error: Error): void {
    this.awaited.shift()!.fail(error);
  }
}

export class ScriptedInterpreter implements Interpreter {
  readonly pid = 1;
  lostThreads: readonly string[] = [];
  /** All submissions so far, in order. */
  readonly submitted: Submission[] = [];
  /** Submissions that have not ended. The first runs. */
  readonly underWay: Submission[] = [];
  readonly interrupted: ExecutionId[] = [];
  readonly released: KeptId[] = [];
  readonly replies: [request: number, reply: InputReply][] = [];
  readonly connections = new Set<ConnectionId>();
  killedFor: DeathReason | undefined;
  endedFor: DeathReason | undefined;
  death: Death | undefined;
  /** Executions that have begun, and so may have had an effect. */
  readonly begun = new Set<ExecutionId>();
  private readonly interruptedEarly = new Set<ExecutionId>();

  constructor(readonly observer: InterpreterObserver) {}

  submit(execution: Submission): void {
    if (this.death) throw new Error('The interpreter was reported dead.');
    this.submitted.push(execution);
    this.underWay.push(execution);
    this.beginFirst();
  }

  interrupt(execution: ExecutionId): void {
    this.interrupted.push(execution);
    const place = this.underWay.findIndex(({ id }) => id === execution);
    if (place > 0) this.interruptedEarly.add(execution);
  }

  release(id: KeptId): void {
    this.released.push(id);
  }

  answerInput(request: number, reply: InputReply): void {
    this.replies.push([request, reply]);
  }

  memory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  end(reason: DeathReason): void {
    this.endedFor = reason;
  }

  kill(reason: DeathReason): void {
    this.killedFor ??= reason;
  }

  connectionOpened(connection: ConnectionId): void {
    this.connections.add(connection);
  }

  connectionClosed(connection: ConnectionId): void {
    this.connections.delete(connection);
  }

  get runningId(): ExecutionId | undefined {
    return this.running?.id;
  }

  get running(): Submission | undefined {
    return this.underWay[0];
  }

  /** Ends the running execution. */
  finish(outcome: Outcome = RETURNED): void {
    const { id } = this.underWay.shift()!;
    this.observer.done(id, this.interruptedEarly.has(id) ? NOT_BEGUN : outcome);
    this.beginFirst();
  }

  print(text: string): void {
    void this.observer.printed(this.running!.id, 'stdout', Buffer.from(text));
  }

  die(cause: DeathCause = 'exit', partialOutput = { stdout: '', stderr: '' }): void {
    const reason = this.endedFor ?? this.killedFor ?? { cause, reason: `scripted ${cause}` };
    const unknown = { signal: undefined, exitCode: undefined, peakMemory: undefined };
    this.death = { ...reason, ...unknown, partialOutput };
    this.observer.died(this.death);
  }

  private beginFirst(): void {
    const first = this.running;
    if (first && !this.interruptedEarly.has(first.id) && !this.death) this.begun.add(first.id);
  }
}
