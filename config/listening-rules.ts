import { isIPv6 } from 'node:net';

import { isLoopbackHost } from '../src/access/syntax/loopback.js';
import type { Configuration } from './schema.js';
import type { WrittenSettings } from './setting-sources.js';

export interface ListeningVerdict {
  readonly problems: string[];
  readonly warnings: string[];
}

/** With a socket, TCP is only listened on when somebody set the hosts too. */
export function listenedHosts(configuration: Configuration, written: WrittenSettings): string[] {
  const { socket, hosts } = configuration;
  return socket !== undefined && !written.has('hosts') ? [] : hosts;
}

/** The hosts that other machines may reach: all that are not plainly loopback. */
export function exposedHosts(hosts: readonly string[]): string[] {
  return hosts.filter((host) => !isLoopbackHost(isIPv6(host) ? `[${host}]` : host));
}

/** What several settings together must not say: that strangers run code, or that nobody does. */
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
      `${requirePlace} is true but there is no token, so nobody could come in; ` +
        'set FUJIAN_TOKEN as well.',
    );
  }
  if (isExposed && written.has('requireToken') && !requireToken) {
    warnings.push(
      `${requirePlace} is false, but the token is required all the same, ` +
        `since other machines can reach the service (${names}).`,
    );
  }
  if (isExposed && allowedHosts.length === 0) {
    warnings.push(
      `${hostPlace} opens the service to other machines (${names}), but it answers only to ` +
        'localhost; set FUJIAN_HOSTS to the names by which they call it.',
    );
  }
  return { problems, warnings };
}
