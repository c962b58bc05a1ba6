import { SessionReturnedError } from '../../errors/session-errors.js';
import type { ExecuteOptions, ExecutionResult, StreamOptions } from '../execution.js';
import type { ExecutionStream } from '../execution-stream.js';
import type { Connection, ConnectionListener } from '../sessions/connection.js';
import type { PythonSession, SessionCondition, SessionInfo } from '../sessions/python-session.js';
import type { CallSession } from './call-session.js';
import { PythonCalls } from './python-calls.js';

export interface LendableSession extends PythonSession {
  readonly callSession: CallSession;
}

/** Session of a pool as its borrower has it: once given back, it refuses all requests. */
export class LentSession extends PythonCalls implements PythonSession {
  private isLent = true;
  private readonly connections: Connection[] = [];
  private readonly lentCalls: CallSession = {
    perform: async (...given) => this.lent.callSession.perform(...given),
    release: (id) => this.session.callSession.release(id),
  };

  constructor(private readonly session: LendableSession) {
    super();
  }

  get id(): string {
    return this.session.id;
  }

  get condition(): SessionCondition {
    return this.session.condition;
  }

  get generation(): number {
    return this.session.generation;
  }

  async execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult> {
    return this.lent.execute(code, options);
  }

  stream(code: string, options?: StreamOptions): ExecutionStream {
    return this.session.stream(code, options).after(() => void this.lent);
  }

  connect(listener: ConnectionListener): Connection {
    const connection = this.lent.connect(listener);
    this.connections.push(connection);
    return {
      ...connection,
      execute: async (code, options) => {
        void this.lent;
        return connection.execute(code, options);
      },
    };
  }

  interrupt(): boolean {
    return this.lent.interrupt();
  }

  async restart(): Promise<void> {
    await this.lent.restart();
  }

  async info(): Promise<SessionInfo> {
    return this.lent.info();
  }

  /** The borrower has it no more. */
  end(): void {
    this.isLent = false;
    for (const connection of this.connections) connection.close();
  }

  protected override callSessionOf(): CallSession {
    return this.lentCalls;
  }

  /** @throws SessionReturnedError */
  private get lent(): LendableSession {
    if (!this.isLent) throw new SessionReturnedError(this.id);
    return this.session;
  }
}
