import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Configuration } from '../../config/schema.js';

export interface ServingAdapter {
  readonly adapter: AbstractHttpAdapter;
  /** Call between the application's `init()` and its first request. */
  readonly ready: () => Promise<void>;
}

/**
 * Creates Nest's adapter for the configured HTTP framework, on the service's HTTP server and
 * without body parsers.
 */
export async function createHttpAdapter(
  name: Configuration['httpAdapter'],
): Promise<ServingAdapter> {
  switch (name) {
    case 'express':
      return (await import('./express-adapter.js')).createExpressAdapter();
    case 'fastify':
      return (await import('./fastify-adapter.js')).createFastifyAdapter();
  }
}
