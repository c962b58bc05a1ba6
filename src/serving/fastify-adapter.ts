import type { RequestListener } from 'node:http';
import { DEFAULTS } from '../../config/defaults.js';
import { OptionalPackageError } from './optional-package.error.js';
import type { ServingAdapter } from './http-adapter.js';
import { createHttpServer } from './http-server.js';

const ANY_CONTENT_TYPE = { 'content-type': 'application/octet-stream' };

/** Loads Fastify only on demand, as it is an optional peer dependency. */
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
    clientErrorHandler: () => undefined, // malformed-http.ts responds, on either adapter
    // Fastify would answer a longer parameter with 414, before the access policy.
    routerOptions: { maxParamLength: DEFAULTS.headerLimit },
  });
  const fastify = adapter.getInstance();
  // Accepts any Content-Type, nonsense too; the protocols read the raw headers.
  fastify.addHook('onRequest', (request, _reply, done) => {
    request.headers = ANY_CONTENT_TYPE;
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  return {
    adapter,
    // Nest does this only in its own listen(), which serves one address.
    ready: async () => {
      await fastify.ready();
    },
  };
}
