import type { IncomingMessage } from 'node:http';
import type { WebSocketServer } from 'ws';
import type { AccessPolicy } from '../../access/access-policy.js';
import { accessRequestOf } from '../../access/access-request.js';
import type { UpgradeRefusal } from '../../access/upgrade-refusal.js';

/** The rules for connections to a gateway. */
export interface Admission {
  readonly policy: AccessPolicy;
  /**
   * Returns the message of a 404 for a path that matches the gateway's pattern but has no session.
   * Returns undefined for a valid path.
   */
  readonly missing: (request: IncomingMessage) => string | undefined;
}

/** Returns the refusal of a handshake. Returns undefined if it is admitted. */
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

/** Publishes a gateway's admission for the adapter that does the handshakes of its server. */
export function announce(server: WebSocketServer, admission: Admission): void {
  admissions.set(server, admission);
}

/** Returns undefined for a gateway without an announced admission. */
export function admissionOf(server: WebSocketServer): Admission | undefined {
  return admissions.get(server);
}

/** Marks a request as checked before the handshake, so that the policy is asked once. */
export function markAdmitted(request: IncomingMessage): void {
  admitted.add(request);
}

export function isAdmitted(request: IncomingMessage): boolean {
  return admitted.has(request);
}
