import { isIPv6 } from 'node:net';

const HOST_NAME = /^[a-z\d_](?:[\w-]*[a-z\d_])?(?:\.[a-z\d_](?:[\w-]*[a-z\d_])?)*$/i;

/**
 * A configured host name as it is compared with Host headers: lower case, IPv6 in brackets.
 * Undefined when no Host header could ever carry it.
 */
export function allowedHostName(name: string): string | undefined {
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  if (isIPv6(bare) && !bare.includes('%')) return `[${bare.toLowerCase()}]`;
  return HOST_NAME.test(name) ? name.toLowerCase() : undefined;
}
