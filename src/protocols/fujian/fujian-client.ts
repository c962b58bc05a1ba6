import type { IncomingMessage } from 'node:http';
import { HttpException, type Logger } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { ShuttingDownError } from '../../errors/execution-errors.js';
import { FujianError } from '../../errors/fujian-error.js';
import { deathMessage, InterpreterDiedError } from '../../errors/interpreter-death.js';
import type { ExecutionOrigin } from '../../execution/observing/execution-event.js';
import type { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import type { Connection } from '../../execution/sessions/connection.js';
import {
  isLong,
  jsonPiecesOf,
  type OutgoingReply,
  replyFromBetweenRuns,
  replyTo,
  replyToDeath,
  replyToRefusal,
  saysSomething,
  sizeOfReply,
} from './fujian-reply.js';
import { OutgoingMessages } from './outgoing-messages.js';
import { requestIdOf } from '../../http/request-id.js';
import { utf8Source } from './source-code.pipe.js';

/** RFC 6455, 7.4.1: normal closure, as the session has ended. */
const SESSION_CLOSED = 1000;

/** One WebSocket client of the Fujian protocol. */
export class FujianClient {
  private readonly connection: Connection;
  private readonly origin: ExecutionOrigin;
  private readonly messages: OutgoingMessages;
  /** Replies that the client has not read yet; no code is received from it meanwhile. */
  private unread = 0;

  constructor(
    private readonly socket: WebSocket,
    request: IncomingMessage,
    python: PythonInterpreterService,
    session: string,
    private readonly logger: Logger,
  ) {
    this.origin = { protocol: 'websocket', requestId: requestIdOf(request) };
    this.messages = new OutgoingMessages(socket, request.socket, logger);
    this.connection = python.connect(
      {
        pushed: (message) => this.messages.send(message),
        pushedInPieces: (pieces, size) => this.messages.sendInPieces(encoded(pieces), size),
        printedBetweenRuns: (output) => this.reply(replyFromBetweenRuns(output)),
        interpreterDied: (death) => this.reply(replyToRefusal(deathMessage(death))),
        sessionClosed: () => this.messages.close(SESSION_CLOSED, 'the session was closed'),
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

  private async replyTo(message: Buffer): Promise<OutgoingReply> {
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

  private reply(reply: OutgoingReply): void {
    if (!saysSomething(reply)) return;
    const sent = isLong(reply)
      ? this.messages.sendInPieces(jsonPiecesOf(reply), sizeOfReply(reply))
      : this.messages.send(JSON.stringify(reply));
    if (sent) void this.receiveNothingUntil(sent);
  }

  private async receiveNothingUntil(sent: Promise<void>): Promise<void> {
    this.unread += 1;
    this.socket.pause();
    await sent;
    this.unread -= 1;
    if (this.unread === 0) this.socket.resume();
  }
}

function* encoded(pieces: Iterable<string>): Generator<Buffer, void, void> {
  for (const piece of pieces) yield Buffer.from(piece);
}
