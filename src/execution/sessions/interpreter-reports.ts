import type { Logger } from '@nestjs/common';
import type { InputQuestion, InterpreterObserver, Outcome } from '../engine/engine.js';
import type { Death, Output } from '../../errors/interpreter-death.js';
import type { PushedMessage } from '../execution.js';
import { type ConnectionId, type ExecutionId, MAIN_SESSION, type SessionId } from '../ids.js';
import type { Shown } from '../shown.js';
import type { InterpreterLifecycle } from './interpreter-lifecycle.js';
import type { SessionConnections } from './session-connections.js';
import type { SessionExecutions } from './session-executions.js';

/** Whom of a session it concerns what its interpreter reports. */
export class InterpreterReports implements InterpreterObserver {
  constructor(
    private readonly session: SessionId,
    private readonly logger: Logger,
    private readonly lifecycle: InterpreterLifecycle,
    private readonly executions: SessionExecutions,
    private readonly connections: SessionConnections,
  ) {}

  done(id: ExecutionId, outcome: Outcome): void {
    this.executions.done(id, outcome);
  }

  began(id: ExecutionId, count: number): void {
    this.executions.queue.find(({ submission }) => submission.id === id)?.began(count);
  }

  showed(id: ExecutionId, shown: Shown): Promise<void> | undefined {
    return this.executions.queue.find(({ submission }) => submission.id === id)?.showed(shown);
  }

  printed(id: ExecutionId, stream: keyof Output, bytes: Buffer): Promise<void> | undefined {
    return this.executions.queue.first(id).printed(stream, bytes);
  }

  printedBetweenRuns(stream: keyof Output, bytes: Buffer): void {
    this.connections.printedBetweenRuns(stream, bytes);
  }

  pushed(connection: ConnectionId, message: PushedMessage): Promise<void> | undefined {
    const stream = this.executions.queue.find(
      ({ submission }) => submission.ownsConnection && submission.connection === connection,
    );
    if (stream) return stream.tell({ type: 'push', message });
    return this.connections.get(connection)?.pushed(message);
  }

  asked(id: ExecutionId, question: InputQuestion): void {
    void this.executions.answerInput(id, question);
  }

  logged(text: string): void {
    this.logger.log(this.session === MAIN_SESSION ? text : `[${this.session}] ${text}`);
  }

  died(death: Death): void {
    this.lifecycle.died(death);
    this.executions.idle();
  }
}
