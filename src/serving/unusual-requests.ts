import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { challengeHeaders } from '../access/access-headers.js';
import type { AccessPolicy } from '../access/access-policy.js';
import { accessRequestOf } from '../access/access-request.js';
import { refuseUpgrade } from '../access/upgrade-refusal.js';
import { answerHeaders } from '../http/answer-headers.js';

/** Handles requests that Node would answer by itself, without the policy and the common headers. */
export function handleUnusualRequests(server: Server, policy: AccessPolicy): void {
  // Asks for the body only if the policy allows the request; the guard refuses the others as usual.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (policy.decide(accessRequestOf(request, 'action')).allowed) response.writeContinue();
    server.emit('request', request, response);
  });

  server.on('checkExpectation', (request: IncomingMessage) =>
    refuse(request, request.socket, 417, {
      code: 'FUJIAN_EXPECTATION_FAILED',
      message: 'The only supported Expect is 100-continue.',
    }),
  );

  server.on('connect', (request: IncomingMessage, socket: Duplex) =>
    refuse(request, socket, 405, {
      code: 'FUJIAN_METHOD_NOT_ALLOWED',
      message: 'This is not a proxy: CONNECT is not served.',
    }),
  );

  function refuse(
    request: IncomingMessage,
    socket: Duplex,
    status: number,
    reason: { code: string; message: string },
  ): void {
    const access = accessRequestOf(request, 'unrouted');
    const decision = policy.decide(access);
    const headers = answerHeaders(policy, request);
    const refusal = decision.allowed ? { status, ...reason } : decision;
    refuseUpgrade(socket, {
      ...refusal,
      headers: { ...headers, ...challengeHeaders(refusal.status) },
    });
  }
}
