import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { COMMON_HEADERS } from '../http/answer-headers.js';
import { refuseUpgrade } from '../access/upgrade-refusal.js';

interface ClientError extends Error {
  readonly code?: string;
}

/** `_httpMessage` is Node's response in flight, which its default handler uses too. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/** Answers malformed, oversized or slow HTTP with the same JSON and headers as everything else. */
export function refuseMalformedHttp(server: Server): void {
  server.on('clientError', (error: ClientError, socket: HttpSocket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    refuseUpgrade(socket, { ...refusalOf(error), headers: { ...COMMON_HEADERS, Vary: 'Origin' } });
  });
}

function refusalOf({ code, message }: ClientError): {
  status: number;
  code: string;
  message: string;
} {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: 'FUJIAN_HEADERS_TOO_LARGE',
        message: 'The headers are too large.',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        code: 'FUJIAN_REQUEST_TIMEOUT',
        message: 'The request took too long to arrive.',
      };
    default:
      return {
        status: 400,
        code: 'FUJIAN_MALFORMED_HTTP',
        message: `This is not valid HTTP: ${message}.`,
      };
  }
}
