import { isIP } from 'node:net';

import { allowedHostName } from '../../src/access/syntax/allowed-host-name.js';

/** An address or name to listen on; IPv6 with or without brackets, always returned without. */
export function listenAddress(host: string): string | undefined {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return isIP(bare) === 0 ? allowedHostName(bare) : bare;
}
