import type { AnswerHeaders } from '../access/access-headers.js';
import { type FujianError, UnavailableError } from '../errors/fujian-error.js';
import {
  SessionBusyError,
  SessionExistsError,
  SessionNotFoundError,
  SessionOptionsError,
  SessionPermanentError,
} from '../errors/session-errors.js';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: AnswerHeaders;
}

/** Maps an error to HTTP. The client can fix 400, 404 and 409; a 503 passes; all others are 500. */
export function answerToFujianError(error: FujianError): Answer {
  const answer = jsonAnswer(statusOf(error), error.code, error.message);
  if (!(error instanceof UnavailableError)) return answer;
  return { ...answer, headers: { 'Retry-After': String(error.retryAfter) } };
}

export function jsonAnswer(statusCode: number, code: string, message: string): Answer {
  return { status: statusCode, body: { statusCode, code, message } };
}

function statusOf(error: FujianError): number {
  if (error instanceof UnavailableError) return 503;
  if (error instanceof SessionOptionsError) return 400;
  if (error instanceof SessionNotFoundError) return 404;
  const isConflict = [SessionBusyError, SessionExistsError, SessionPermanentError].some(
    (conflict) => error instanceof conflict,
  );
  return isConflict ? 409 : 500;
}
