import { ExpressAdapter } from '@nestjs/platform-express';
import type { ServingAdapter } from './http-adapter.js';
import { createHttpServer } from './http-server.js';

class FujianExpressAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.setHttpServer(createHttpServer(this.getInstance()));
  }
}

export function createExpressAdapter(): ServingAdapter {
  const adapter = new FujianExpressAdapter();
  adapter.disable('x-powered-by');
  adapter.disable('etag'); // no response is worth caching
  adapter.set('query parser', 'simple');
  return { adapter, ready: async () => {} };
}
