import { FUJIAN_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from './access.constants.js';

/**
 * Which of the offered subprotocols the answer to a handshake names. A browser that offered some
 * fails the connection when none comes back; the token does only when there is nothing else.
 */
export function selectSubprotocol(offered: Iterable<string>): string | false {
  let token: string | false = false;
  let other: string | false = false;
  for (const subprotocol of offered) {
    if (subprotocol === FUJIAN_SUBPROTOCOL) return subprotocol;
    if (subprotocol.startsWith(TOKEN_SUBPROTOCOL_PREFIX)) token ||= subprotocol;
    else other ||= subprotocol;
  }
  return other || token;
}
