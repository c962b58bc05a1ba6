import { ExecutionAbortedError } from '../errors/execution-errors.js';
import { SessionNotFoundError } from '../errors/session-errors.js';
import type { ExecuteOptions, ExecutionResult, StreamOptions } from '../execution/execution.js';
import type { ExecutionListener, StreamEvent } from '../execution/stream-events.js';
import { ExecutionStream } from '../execution/execution-stream.js';
import { type ConnectionId, nextId } from '../execution/ids.js';
import type { Connection } from '../execution/sessions/connection.js';
import type {
  PythonSession,
  SessionCondition,
  SessionInfo,
} from '../execution/sessions/python-session.js';
import { PythonCalls } from '../execution/calls/python-calls.js';
import type { Answers } from './answers.js';
import { type FakeNames, FakeCallSession } from './fake-call-session.js';
import type { OpenQuestion, Question } from './question.js';

/** Session of a `FakePython`, with its own names and the shared answers. */
export class FakeSession extends PythonCalls implements PythonSession, FakeNames {
  get session(): string {
    return this.id;
  }

  condition: SessionCondition = 'idle';
  generation = 1;
  private executions = 0;
  private connections = 0;
  private readonly createdAt = new Date();
  private lastActiveAt = this.createdAt;
  readonly names: Map<string, unknown>;
  readonly callSession = new FakeCallSession(this);

  constructor(
    readonly id: string,
    private readonly answers: Answers,
    private readonly asked: Question[],
    names: ReadonlyMap<string, unknown> = new Map(),
  ) {
    super();
    this.names = new Map(names);
  }

  copy(id: string): FakeSession {
    return new FakeSession(id, this.answers, this.asked, this.names);
  }

  async execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult> {
    const answer = await this.answer({
      type: 'execute',
      code,
      session: this.id,
      ...given(options),
    });
    return { stdout: '', stderr: '', return: '', ...(answer as Partial<ExecutionResult>) };
  }

  protected override callSessionOf(): FakeCallSession {
    return this.callSession;
  }

  stream(code: string, options?: StreamOptions): ExecutionStream {
    return new ExecutionStream(async (listener) => {
      await tell(listener, await this.execute(code, options));
    }, options?.ready);
  }

  connect(): Connection {
    this.connections = nextId(this.connections);
    return {
      id: this.connections as ConnectionId,
      execute: (code, options) => this.execute(code, options),
      close: () => undefined,
    };
  }

  interrupt(): boolean {
    return false;
  }

  async restart(): Promise<void> {
    this.names.clear();
    this.generation += 1;
  }

  async info(): Promise<SessionInfo> {
    return {
      id: this.id,
      state: this.condition,
      cwd: process.cwd(),
      generation: this.generation,
      pid: undefined,
      executions: this.executions,
      pending: 0,
      createdAt: this.createdAt,
      lastActiveAt: this.lastActiveAt,
      memory: undefined,
    };
  }

  async answer(question: OpenQuestion): Promise<unknown> {
    this.note(question);
    const name = nameIn(question);
    return name !== undefined && this.names.has(name)
      ? this.names.get(name)
      : this.answers.to(question);
  }

  hasAnswer(question: OpenQuestion): boolean {
    return this.answers.has(question);
  }

  note(question: Question): void {
    if (this.condition === 'closed') throw new SessionNotFoundError(this.id);
    const signal = question.options?.signal;
    if (signal?.aborted) throw new ExecutionAbortedError(signal.reason);
    this.asked.push(question);
    this.executions += 1;
    this.lastActiveAt = new Date();
  }
}

function given<Options>(options: Options | undefined): { readonly options?: Options } {
  return options === undefined ? {} : { options };
}

/** Returns the name that the question asks for; undefined if it asks for more than a name. */
function nameIn(question: OpenQuestion): string | undefined {
  if (question.type === 'get') return question.name;
  return question.type === 'evaluate' ? question.expression : undefined;
}

async function tell(told: ExecutionListener, result: ExecutionResult): Promise<void> {
  const watched: unknown[] = [];
  const listener = (event: StreamEvent) => told(event, (called) => watched.push(called));
  if (result.count !== undefined) await listener({ type: 'begin', count: result.count });
  if (result.stdout) await listener({ type: 'stdout', text: result.stdout });
  if (result.stderr) await listener({ type: 'stderr', text: result.stderr });
  for (const shown of result.shown ?? []) await listener(shown);
  await listener(
    result.error
      ? { type: 'error', error: result.error }
      : { type: 'result', return: result.return },
  );
  await listener({ type: 'done' });
  await Promise.all(watched);
}
