import type { IncomingMessage } from 'node:http';
import type { WebSocketServer } from 'ws';
import type { AccessPolicy } from '../../access/access-policy.js';
import { accessRequestOf } from '../../access/access-request.js';
import type { UpgradeRefusal } from '../../access/upgrade-refusal.js';

/** Who may connect to a gateway. */
export interface Admission {
  readonly policy: AccessPolicy;
  /** Why there is nothing at a path, although the gateway's pattern fits it; undefined: there is. */
  readonly missing: (request: IncomingMessage) => string | undefined;
}

/** Why a handshake that reaches a gateway is refused, if it is. */
export function refusalOf(
  { policy, missing }: Admission,
  request: IncomingMessage,
): UpgradeRefusal | undefined {
  const decision = policy.decide(accessRequestOf(request, 'upgrade'));
  if (!decision.allowed) return decision;
  const message = missing(request);
  return message === undefined
    ? undefined
    : { status: 404, code: 'FUJIAN_SESSION_NOT_FOUND', message };
}

const admissions = new WeakMap<WebSocketServer, Admission>();
const admitted = new WeakSet<IncomingMessage>();

/** For a gateway: tells whoever does the handshakes of its server whom it wants. */
export function announce(server: WebSocketServer, admission: Admission): void {
  admissions.set(server, admission);
}

/** Undefined for a gateway that has announced none. */
export function admissionOf(server: WebSocketServer): Admission | undefined {
  return admissions.get(server);
}

/** For whoever has asked before the handshake: a policy is asked once about a request. */
export function markAdmitted(request: IncomingMessage): void {
  admitted.add(request);
}

export function isAdmitted(request: IncomingMessage): boolean {
  return admitted.has(request);
}
