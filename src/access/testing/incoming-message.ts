import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

export type RawHeader = readonly [name: string, value: string];

export interface MessageParts {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly RawHeader[];
  /** Undefined makes a socket whose peer cannot be placed. */
  readonly peer?: string | undefined;
}

/** Builds a message as Node's parser does, without a connection. */
export function incomingMessage(parts: MessageParts = {}): IncomingMessage {
  const socket = new Socket();
  const peer = 'peer' in parts ? parts.peer : '127.0.0.1';
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const message = new IncomingMessage(socket);
  message.method = parts.method ?? 'POST';
  message.url = parts.target ?? '/';
  message.rawHeaders = (parts.headers ?? [['Host', 'localhost:1987']]).flat();
  return message;
}
