import type { IncomingMessage, RequestListener } from 'node:http';
import { OptionalPackageError } from './optional-package.error.js';
import type { ServingAdapter } from './http-adapter.js';
import { createHttpServer } from './http-server.js';

const ANY_CONTENT_TYPE = { 'content-type': 'application/octet-stream' };

/** For a path that cannot be decoded, which is one that nobody serves. */
const NOT_SERVED = '/not-served';

/** Fastify is an optional peer: it is only looked for when it is asked for. */
export async function createFastifyAdapter(): Promise<ServingAdapter> {
  const { FastifyAdapter } = await import('@nestjs/platform-fastify').catch((cause: unknown) => {
    throw new OptionalPackageError(
      '@nestjs/platform-fastify',
      'FUJIAN_HTTP_ADAPTER=fastify',
      cause,
    );
  });
  const adapter = new FastifyAdapter({
    serverFactory: (handler: RequestListener) => createHttpServer(handler),
    exposeHeadRoutes: true,
    clientErrorHandler: () => undefined, // malformed-http.ts answers, on either adapter
    rewriteUrl: ({ url = '/' }: IncomingMessage) => (isDecodable(url) ? url : NOT_SERVED),
  });
  const fastify = adapter.getInstance();
  // Any Content-Type is welcome, nonsense too; whoever reads the body looks at the raw headers.
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.headers = ANY_CONTENT_TYPE;
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  return {
    adapter,
    // Nest leaves this to its own listen(), which serves one address only.
    ready: async () => {
      await fastify.ready();
    },
  };
}

function isDecodable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURI(url);
    return true;
  } catch {
    return false;
  }
}
