import type { IncomingMessage, Server } from 'node:http';
import type { ServedRoutes } from './served-routes.js';

/** Replaces a path that is not served. */
const NOT_SERVED = '/not-served';

/**
 * Serves each path exactly as it is written, on either adapter. By themselves, Express ignores case
 * and slashes, Fastify decodes the whole path, and both ignore what follows a `#`.
 */
export function serveExactPaths(server: Server, routes: ServedRoutes): void {
  server.prependListener('request', (message: IncomingMessage) => {
    const path = message.url!.split('?', 1)[0]!;
    // The access policy refuses a target that is not a path.
    if (!path.startsWith('/')) return;
    if (!isDecodable(path) || !routes.serves(path)) message.url = NOT_SERVED;
  });
}

function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURI(path);
    return true;
  } catch {
    return false;
  }
}
