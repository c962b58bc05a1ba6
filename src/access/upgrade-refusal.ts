import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import type { AnswerHeaders } from './access-headers.js';

export interface UpgradeRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: AnswerHeaders;
}

/** Long enough for the response to arrive, short enough not to keep strangers' sockets. */
const LINGER_MILLISECONDS = 2_000;

/** Refuses an upgrade with a real HTTP response, so that the client learns why, and closes. */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  // Node removes its own error listener before it emits 'upgrade': without one, a client that hangs
  // up now would end the process.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // Closing with unread input resets the connection, and the client may lose the response.
  socket.resume();
  socket.end(answerTo(refusal));
  const linger = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS).unref();
  socket.once('close', () => clearTimeout(linger));
}

function answerTo({ status, code, message, headers }: UpgradeRefusal): string {
  const body = JSON.stringify({ statusCode: status, code, message });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
