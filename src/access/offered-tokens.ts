import type { AccessRequest } from './access-request.js';
import { TOKEN_SUBPROTOCOL_PREFIX } from './access.constants.js';

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
