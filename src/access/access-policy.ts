import { hash, timingSafeEqual } from 'node:crypto';

import { Inject, Injectable } from '@nestjs/common';

import { DEFAULTS } from '../../config/defaults.js';
import { AccessOptionsError } from '../errors/application-errors.js';
import {
  type AccessDecision,
  type AccessGrant,
  type AccessRefusal,
  type AccessRequest,
  offeredTokens,
} from './access-request.js';
import type { AccessOptions } from './access-options.js';
import { ACCESS_CODES, ACCESS_OPTIONS } from './access.constants.js';
import type { AccessCode } from './access.constants.js';
import * as messages from './access.messages.js';
import { allowedHostName } from './syntax/allowed-host-name.js';
import { isExactOrigin } from './syntax/exact-origin.js';
import { isHeaderToken } from './syntax/header-token.js';
import { hostNameOf, isLoopbackHost, isLoopbackOrigin } from './syntax/loopback.js';

export type TokenVerdict = 'absent' | 'valid' | AccessRefusal;

const GRANTED: AccessGrant = Object.freeze({ allowed: true, byToken: false });
const GRANTED_BY_TOKEN: AccessGrant = Object.freeze({ allowed: true, byToken: true });

/**
 * Decides whether a request may come in, for HTTP and upgrades alike, from the headers alone. Each
 * rule is a protected method, which a subclass can override. The first rule that refuses decides.
 */
@Injectable()
export class AccessPolicy {
  protected readonly requireToken: boolean;
  protected readonly ignoreAuthorization: boolean;
  protected readonly origins: ReadonlySet<string>;
  protected readonly hostNames: ReadonlySet<string>;
  protected readonly defaultOrigin: string;
  /** Only the digest is kept, so that the token cannot end up in a log or a dump of this object. */
  readonly #tokenDigest: Buffer | undefined;

  /**
   * The options have no default: a subclass with its own constructor would silently lose the token.
   */
  constructor(@Inject(ACCESS_OPTIONS) options: AccessOptions) {
    this.requireToken = options.requireToken ?? false;
    this.ignoreAuthorization = options.ignoreAuthorization ?? false;
    this.origins = new Set((options.origins ?? []).map(exactOrigin));
    this.hostNames = new Set((options.allowedHosts ?? []).map(usableHostName));
    this.defaultOrigin = exactOrigin(options.defaultOrigin ?? DEFAULTS.defaultOrigin);
    this.#tokenDigest =
      options.token === undefined ? undefined : digest(usableToken(options.token));
    if (this.requireToken && this.#tokenDigest === undefined) {
      throw new AccessOptionsError(messages.REQUIRED_TOKEN_MISSING);
    }
  }

  decide(request: AccessRequest): AccessDecision {
    const refusal = this.refuseMalformed(request) ?? this.refuseForeignHost(request);
    if (refusal !== undefined) return refusal;

    const verdict = this.judgeToken(request);
    if (typeof verdict === 'object') return verdict;
    // A preflight asks on behalf of a page, and a page is only ever allowed by its Origin.
    if (verdict === 'valid' && request.purpose !== 'preflight') return GRANTED_BY_TOKEN;

    return (
      this.refuseForeignOrigin(request) ??
      this.refuseMissingOrigin(request) ??
      this.refuseRemotePeer(request) ??
      this.refuseMissingToken(request) ??
      GRANTED
    );
  }

  /**
   * Returns the value for Access-Control-Allow-Origin. Returns undefined if the page may not read
   * the response.
   */
  grantedOrigin(request: AccessRequest): string | undefined {
    const { origin } = request;
    if (origin === undefined) return this.defaultOrigin;
    return this.isAllowedOrigin(origin) ? origin : undefined;
  }

  /** Rule 2: refuses a request that two programs could read in two ways. */
  protected refuseMalformed(request: AccessRequest): AccessRefusal | undefined {
    if (request.duplicate !== undefined) {
      const message = messages.duplicateHeader(request.duplicate);
      return refusal(400, ACCESS_CODES.duplicateHeader, message);
    }
    if (!request.target.startsWith('/')) {
      return refusal(400, ACCESS_CODES.malformedTarget, messages.MALFORMED_TARGET);
    }
    if (request.host === undefined || request.host === '') {
      return refusal(400, ACCESS_CODES.missingHost, messages.MISSING_HOST);
    }
    return undefined;
  }

  /**
   * Rule 3: refuses foreign Host headers. DNS rebinding has the attacker's name there; no token
   * excuses it.
   */
  protected refuseForeignHost(request: AccessRequest): AccessRefusal | undefined {
    const host = request.host ?? '';
    if (this.isAllowedHost(host)) return undefined;
    return refusal(403, ACCESS_CODES.hostNotAllowed, messages.hostNotAllowed(host));
  }

  /** Rule 4: if tokens are offered, all of them must be valid. */
  protected judgeToken(request: AccessRequest): TokenVerdict {
    const ofGuard = this.ignoreAuthorization && { authorization: undefined };
    const tokens = offeredTokens({ ...request, ...ofGuard });
    if (tokens.length === 0) return 'absent';
    if (this.#tokenDigest === undefined) {
      return refusal(401, ACCESS_CODES.wrongToken, messages.UNEXPECTED_TOKEN);
    }
    // Compares every token, so that the time does not reveal which one is wrong.
    let allRight = true;
    for (const token of tokens) allRight = this.isRightToken(token) && allRight;
    return allRight ? 'valid' : refusal(401, ACCESS_CODES.wrongToken, messages.WRONG_TOKEN);
  }

  /** Rule 5: refuses pages of foreign origins. Rule 7: refuses preflights without an Origin. */
  protected refuseForeignOrigin(request: AccessRequest): AccessRefusal | undefined {
    const { origin } = request;
    if (origin === undefined) {
      return request.purpose === 'preflight'
        ? refusal(403, ACCESS_CODES.originMissing, messages.PREFLIGHT_WITHOUT_ORIGIN)
        : undefined;
    }
    if (this.isAllowedOrigin(origin)) return undefined;
    return refusal(403, ACCESS_CODES.originNotAllowed, messages.originNotAllowed(origin));
  }

  /**
   * Rule 6: without an Origin, refuses browsers and proxies; local programs may come in. Two
   * requests of browsers without an Origin are known nevertheless: a read by a page of the same
   * origin, and a user who opens a page.
   */
  protected refuseMissingOrigin(request: AccessRequest): AccessRefusal | undefined {
    if (request.origin !== undefined || !this.runsCode(request)) return undefined;
    const isKnown = request.sameOriginRead || (request.purpose === 'page' && request.navigation);
    if (request.fetchMetadata && !isKnown) {
      return refusal(403, ACCESS_CODES.originMissing, messages.BROWSER_WITHOUT_ORIGIN);
    }
    return request.forwarded
      ? refusal(401, ACCESS_CODES.tokenRequired, messages.FORWARDED_WITHOUT_TOKEN)
      : undefined;
  }

  /**
   * Rule 6, extended: refuses other machines, where a program can write any Origin, so a good one
   * proves nothing.
   */
  protected refuseRemotePeer(request: AccessRequest): AccessRefusal | undefined {
    return this.runsCode(request) && !request.localPeer
      ? refusal(401, ACCESS_CODES.tokenRequired, messages.REMOTE_WITHOUT_TOKEN)
      : undefined;
  }

  /** Rule 8: where a token is required, being local is not enough. */
  protected refuseMissingToken(request: AccessRequest): AccessRefusal | undefined {
    return this.requireToken && this.runsCode(request)
      ? refusal(401, ACCESS_CODES.tokenRequired, messages.TOKEN_REQUIRED)
      : undefined;
  }

  /**
   * Rule 7: pings and preflights do nothing, and an unrouted request ends in a 404. A page exists
   * to run code.
   */
  protected runsCode({ purpose }: AccessRequest): boolean {
    return purpose === 'action' || purpose === 'upgrade' || purpose === 'page';
  }

  protected isAllowedHost(host: string): boolean {
    if (isLoopbackHost(host)) return true;
    if (this.hostNames.size === 0) return false;
    const name = hostNameOf(host);
    return name !== undefined && this.hostNames.has(name);
  }

  protected isAllowedOrigin(origin: string): boolean {
    return isLoopbackOrigin(origin) || origin === 'file://' || this.origins.has(origin);
  }

  /** Digests have equal lengths, which a constant-time comparison needs. */
  protected isRightToken(token: string): boolean {
    return this.#tokenDigest !== undefined && timingSafeEqual(digest(token), this.#tokenDigest);
  }
}

function refusal(
  status: AccessRefusal['status'],
  code: AccessCode,
  message: string,
): AccessRefusal {
  return { allowed: false, status, code, message };
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

function usableToken(token: string): string {
  if (token === '') throw new AccessOptionsError(messages.EMPTY_OPTION_TOKEN);
  if (!isHeaderToken(token)) throw new AccessOptionsError(messages.UNUSABLE_OPTION_TOKEN);
  return token;
}

function exactOrigin(origin: string): string {
  if (!isExactOrigin(origin)) throw new AccessOptionsError(messages.unusableOrigin(origin));
  return origin;
}

function usableHostName(name: string): string {
  const usable = allowedHostName(name);
  if (usable === undefined) throw new AccessOptionsError(messages.unusableHostName(name));
  return usable;
}
