import type { AccessCode } from './access.constants.js';

export interface AccessGrant {
  readonly allowed: true;
  /** Whether a valid token granted access, rather than being local. */
  readonly byToken: boolean;
}

export interface AccessRefusal {
  readonly allowed: false;
  readonly status: 400 | 401 | 403;
  readonly code: AccessCode;
  /** For people: what is wrong and what to do. Never holds a token. */
  readonly message: string;
}

export type AccessDecision = AccessGrant | AccessRefusal;
