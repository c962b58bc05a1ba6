import type { IncomingMessage } from 'node:http';
import { HttpException, type Logger } from '@nestjs/common';
import { WebSocket } from 'ws';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import { FujianError } from '../../errors/fujian-error.js';
import { deathMessage, InterpreterDiedError } from '../../errors/interpreter-death.js';
import type { PushedMessage } from '../../execution/execution.js';
import type { ExecutionOrigin } from '../../execution/observing/execution-event.js';
import type { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import type { Connection } from '../../execution/sessions/connection.js';
import {
  type FujianReply,
  replyFromBetweenRuns,
  replyTo,
  replyToDeath,
  replyToRefusal,
  saysSomething,
} from './fujian-reply.js';
import { requestIdOf } from '../../http/request-id.js';
import { corkForTurn } from '../../streams/cork-for-turn.js';
import { utf8Source } from './source-code.pipe.js';

/** RFC 6455, 7.4.1: normal closure, as the session has ended. */
const SESSION_CLOSED = 1000;

/** Unsent bytes that cause backpressure: the client's executions, and Python with them, wait. */
const WAITING_AT_MOST = 1024 * 1024;
/** Unsent bytes that disconnect a client: it did not read even while its code was interrupted. */
const LOST = 64 * 1024 * 1024;

/** One WebSocket client of the Fujian protocol. */
export class FujianClient {
  private readonly connection: Connection;
  private readonly origin: ExecutionOrigin;

  constructor(
    private readonly socket: WebSocket,
    private readonly request: IncomingMessage,
    python: PythonInterpreterService,
    session: string,
    private readonly logger: Logger,
  ) {
    this.origin = { protocol: 'websocket', requestId: requestIdOf(request) };
    this.connection = python.connect(
      {
        pushed: (message) => this.push(message),
        printedBetweenRuns: (output) => this.reply(replyFromBetweenRuns(output)),
        interpreterDied: (death) => this.reply(replyToRefusal(deathMessage(death))),
        sessionClosed: () => this.socket.close(SESSION_CLOSED, 'the session was closed'),
      },
      session,
    );
  }

  /** Runs a message as code. Replies unless the reply is empty. */
  async execute(message: Buffer): Promise<void> {
    this.reply(await this.replyTo(message));
  }

  closed(): void {
    this.connection.close();
  }

  private async replyTo(message: Buffer): Promise<FujianReply> {
    try {
      return replyTo(await this.connection.execute(utf8Source(message), { origin: this.origin }));
    } catch (error) {
      if (error instanceof InterpreterDiedError || error instanceof ShuttingDownError) {
        return replyToDeath(error);
      }
      if (error instanceof FujianError || error instanceof HttpException) {
        return replyToRefusal(error.message);
      }
      this.logger.error(error);
      return replyToRefusal('The service failed; its log says why.');
    }
  }

  private reply(reply: FujianReply): void {
    if (!saysSomething(reply)) return;
    const sent = this.push(JSON.stringify(reply));
    if (!sent) return;
    this.socket.pause();
    void sent.then(() => this.socket.resume());
  }

  /**
   * Sends a message. Returns a promise under backpressure, which settles when the client has caught
   * up or gone.
   */
  private push(message: PushedMessage): Promise<void> | undefined {
    if (this.socket.readyState !== WebSocket.OPEN) return undefined;
    corkForTurn(this.request.socket);
    if (this.socket.bufferedAmount < WAITING_AT_MOST) {
      this.socket.send(message);
      return undefined;
    }
    if (this.socket.bufferedAmount > LOST) {
      this.socket.terminate();
      return undefined;
    }
    return new Promise((resolve) => this.socket.send(message, () => resolve()));
  }
}
