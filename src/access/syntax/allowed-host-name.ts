import { isIPv6 } from 'node:net';

const HOST_NAME = /^[a-z\d_](?:[\w-]*[a-z\d_])?(?:\.[a-z\d_](?:[\w-]*[a-z\d_])?)*$/i;

/**
 * Normalizes a configured host name for comparison with Host headers: lower case, IPv6 in brackets.
 * Returns undefined if no Host header could carry it.
 */
export function allowedHostName(name: string): string | undefined {
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  if (isIPv6(bare) && !bare.includes('%')) return `[${bare.toLowerCase()}]`;
  return HOST_NAME.test(name) ? name.toLowerCase() : undefined;
}
