import { FUJIAN_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from './access.constants.js';

/**
 * Selects the subprotocol for the reply to a handshake. A browser that offered some fails the
 * connection when none comes back. The token is selected only when nothing else is offered.
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
