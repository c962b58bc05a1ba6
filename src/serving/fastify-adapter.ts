import type { RequestListener } from 'node:http';
import { OptionalPackageError } from './optional-package.error.js';
import type { ServingAdapter } from './http-adapter.js';
import { createHttpServer } from './http-server.js';

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
  });
  const fastify = adapter.getInstance();
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
