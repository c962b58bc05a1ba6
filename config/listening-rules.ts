import { isIPv6 } from 'node:net';

import { isLoopbackHost } from '../src/access/syntax/loopback.js';
import type { Configuration } from './schema.js';
import type { WrittenSettings } from './setting-sources.js';

export interface ListeningVerdict {
  readonly problems: string[];
  readonly warnings: string[];
}

/** Returns the hosts to listen on: none beside a socket, unless hosts were set explicitly. */
export function listenedHosts(configuration: Configuration, written: WrittenSettings): string[] {
  const { socket, hosts } = configuration;
  return socket !== undefined && !written.has('hosts') ? [] : hosts;
}

/** Returns the hosts that other machines may reach: all that are not plainly loopback. */
export function exposedHosts(hosts: readonly string[]): string[] {
  return hosts.filter((host) => !isLoopbackHost(isIPv6(host) ? `[${host}]` : host));
}

/** Checks combinations of settings that would let anyone run code, or lock everyone out. */
export function judgeListening(
  configuration: Configuration,
  written: WrittenSettings,
): ListeningVerdict {
  const { token, requireToken, allowedHosts } = configuration;
  const exposed = exposedHosts(configuration.hosts);
  const names = exposed.join(', ');
  const hostPlace = written.get('hosts')?.place ?? 'FUJIAN_HOST';
  const requirePlace = written.get('requireToken')?.place ?? 'FUJIAN_REQUIRE_TOKEN';
  const isExposed = exposed.length > 0;
  const problems: string[] = [];
  const warnings: string[] = [];

  if (isExposed && token === undefined) {
    problems.push(
      `${hostPlace} opens the service to other machines (${names}), where anyone could run code; ` +
        'set FUJIAN_TOKEN as well, or listen on 127.0.0.1 and ::1 only.',
    );
  } else if (requireToken && token === undefined) {
    problems.push(
      `${requirePlace} is true but there is no token, so every request would be refused; ` +
        'set FUJIAN_TOKEN as well.',
    );
  }
  if (isExposed && written.has('requireToken') && !requireToken) {
    warnings.push(
      `${requirePlace} is false, but the token stays required, ` +
        `since other machines can reach the service (${names}).`,
    );
  }
  if (isExposed && allowedHosts.length === 0) {
    warnings.push(
      `${hostPlace} opens the service to other machines (${names}), but it answers only to ` +
        'localhost; set FUJIAN_HOSTS to the names that clients use.',
    );
  }
  return { problems, warnings };
}
