import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { type AccessCode, TOKEN_SUBPROTOCOL_PREFIX } from './access.constants.js';
import { isLoopbackAddress } from './syntax/loopback.js';

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

/**
 * The purpose of a request. `unrouted` is a path or method that is not served: the rules about the
 * sender apply, then it gets its 404 or 405. A `page` is a document that does nothing by itself;
 * browsers navigate to it without an Origin.
 */
export type RequestPurpose = 'ping' | 'page' | 'preflight' | 'action' | 'upgrade' | 'unrouted';

/**
 * Everything that the policy looks at. Nothing else in a request, such as User-Agent, may decide.
 */
export interface AccessRequest {
  readonly purpose: RequestPurpose;
  readonly target: string;
  readonly host: string | undefined;
  /** Several Origin headers are joined, so that the result equals no origin. */
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
  /** `E2B-Traffic-Access-Token`: where the SDKs of code interpreters put their token. */
  readonly sdkToken: string | undefined;
  /** Whether this is a WebSocket handshake, which may carry its token in other places. */
  readonly handshake: boolean;
  readonly subprotocols: string | undefined;
  /** The first header that was repeated though it may not be. */
  readonly duplicate: string | undefined;
  /**
   * Whether a `Sec-Fetch-*` header shows that a browser sent this. `Sec-Fetch-Mode` does not count,
   * as Node's `fetch` sends it too; a browser sends `Sec-Fetch-Site` along.
   */
  readonly fetchMetadata: boolean;
  /**
   * Whether a browser opens a document: by a typed address or a link, not in a frame or from a
   * page.
   */
  readonly navigation: boolean;
  /**
   * Whether a browser reads (GET, HEAD) for a page of the same origin, where it sends no Origin.
   */
  readonly sameOriginRead: boolean;
  /** Whether a proxy header is present, so that the peer is not the sender. */
  readonly forwarded: boolean;
  readonly localPeer: boolean;
  readonly privateNetwork: boolean;
}

/** A property rather than a WeakMap, which costs several times as much on every request. */
const REMEMBERED = Symbol('fujian.accessRequest');

type RememberingMessage = IncomingMessage & { [REMEMBERED]?: AccessRequest };

/**
 * Reads what the policy needs from a message, once for each message and purpose. Without a purpose
 * it returns the last reading, for callers that only need the Origin.
 */
export function accessRequestOf(message: IncomingMessage, purpose?: RequestPurpose): AccessRequest {
  const remembering = message as RememberingMessage;
  const known = remembering[REMEMBERED];
  if (known !== undefined && (purpose === undefined || known.purpose === purpose)) return known;
  return (remembering[REMEMBERED] = read(message, purpose ?? 'action'));
}

/** Reads `rawHeaders`, because `headers` silently drops the second Host or Origin. */
function read(message: IncomingMessage, purpose: RequestPurpose): AccessRequest {
  let host: string | undefined;
  let origin: string | undefined;
  let authorization: string | undefined;
  let sdkToken: string | undefined;
  let fetchSite: string | undefined;
  let fetchDestination: string | undefined;
  let subprotocols: string | undefined;
  let duplicate: string | undefined;
  let fetchMetadata = false;
  let forwarded = false;
  let upgrade = false;
  let privateNetwork = false;

  const raw = message.rawHeaders;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    switch (name) {
      case 'host':
        if (host !== undefined) duplicate ??= 'Host';
        host ??= value;
        break;
      case 'origin':
        if (origin !== undefined) duplicate ??= 'Origin';
        origin = origin === undefined ? value : `${origin}, ${value}`;
        break;
      case 'authorization':
        if (authorization !== undefined) duplicate ??= 'Authorization';
        authorization ??= value;
        break;
      case 'e2b-traffic-access-token':
        sdkToken = sdkToken === undefined ? value : `${sdkToken}, ${value}`;
        break;
      case 'sec-fetch-site':
        if (fetchSite !== undefined) duplicate ??= 'Sec-Fetch-Site';
        fetchSite ??= value;
        fetchMetadata = true;
        break;
      case 'sec-fetch-dest':
        fetchDestination = fetchDestination === undefined ? value : `${fetchDestination}, ${value}`;
        fetchMetadata = true;
        break;
      case 'sec-websocket-protocol':
        subprotocols = subprotocols === undefined ? value : `${subprotocols}, ${value}`;
        break;
      case 'upgrade':
        upgrade = true;
        break;
      case 'forwarded':
      case 'via':
      case 'cf-connecting-ip':
      case 'true-client-ip':
      case 'x-client-ip':
      case 'x-envoy-external-address':
      case 'x-original-host':
      case 'x-real-ip':
        forwarded = true;
        break;
      case 'access-control-request-private-network':
        privateNetwork = value === 'true';
        break;
      default:
        if (name.startsWith('sec-fetch-') && name !== 'sec-fetch-mode') fetchMetadata = true;
        else if (name.startsWith('x-forwarded-')) forwarded = true;
    }
  }

  const isRead = purpose !== 'upgrade' && (message.method === 'GET' || message.method === 'HEAD');
  return {
    purpose,
    target: message.url ?? '',
    host,
    origin,
    authorization,
    sdkToken,
    handshake: purpose === 'upgrade' || (purpose === 'unrouted' && upgrade),
    subprotocols,
    duplicate,
    fetchMetadata,
    navigation: fetchDestination === 'document',
    sameOriginRead: isRead && fetchSite === 'same-origin',
    forwarded,
    localPeer: isLocalPeer(message.socket),
    privateNetwork,
  };
}

const NONE: readonly string[] = [];

/**
 * Returns every token that a request offers. Credentials of another kind count as the empty string,
 * which is never the right token.
 */
export function offeredTokens(request: AccessRequest): readonly string[] {
  const { authorization, sdkToken, handshake, subprotocols, target } = request;
  const query = handshake ? target.indexOf('?') : -1;
  const hasHeader = authorization !== undefined || sdkToken !== undefined;
  if (!hasHeader && query < 0 && (!handshake || subprotocols === undefined)) return NONE;

  const tokens: string[] = [];
  if (authorization !== undefined) tokens.push(authorizationToken(authorization));
  if (sdkToken !== undefined) tokens.push(sdkToken);
  if (handshake && subprotocols !== undefined) addSubprotocolTokens(tokens, subprotocols);
  if (query >= 0) addQueryTokens(tokens, target.slice(query + 1));
  return tokens;
}

function authorizationToken(authorization: string): string {
  const space = authorization.indexOf(' ');
  if (space < 0) return '';
  const scheme = authorization.slice(0, space).toLowerCase();
  return scheme === 'bearer' || scheme === 'token' ? authorization.slice(space + 1).trim() : '';
}

function addSubprotocolTokens(tokens: string[], subprotocols: string): void {
  for (const entry of subprotocols.split(',')) {
    const subprotocol = entry.trim();
    if (subprotocol.startsWith(TOKEN_SUBPROTOCOL_PREFIX)) {
      tokens.push(subprotocol.slice(TOKEN_SUBPROTOCOL_PREFIX.length));
    }
  }
}

function addQueryTokens(tokens: string[], query: string): void {
  for (const parameter of query.split('&')) {
    if (parameter === 'token') tokens.push('');
    else if (parameter.startsWith('token=')) tokens.push(percentDecoded(parameter.slice(6)));
  }
}

/**
 * Decodes percent-encoding. Text that cannot be decoded stays as it is, which is the wrong token.
 */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Node keeps the accepting server on the socket, though its types do not say so. */
type AcceptedSocket = Socket & { readonly server?: Pick<Server, 'address'> };

const onUnixSocket = new WeakSet<Socket>();

/** Marks a socket accepted on a Unix socket, before another server gets it. */
export function acceptedOnUnixSocket(socket: Socket): void {
  onUnixSocket.add(socket);
}

/**
 * Returns whether the peer is on this machine. A Unix socket has no remote address, but neither has
 * a TCP socket whose peer sent its request and reset at once; only the address of the server, a
 * path, tells them apart. A peer that cannot be placed counts as remote.
 */
export function isLocalPeer(socket: Socket): boolean {
  const address = socket.remoteAddress;
  if (address !== undefined) return isLoopbackAddress(address);
  return (
    onUnixSocket.has(socket) || typeof (socket as AcceptedSocket).server?.address() === 'string'
  );
}
