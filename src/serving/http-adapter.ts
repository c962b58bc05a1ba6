import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Configuration } from '../../config/schema.js';

export interface ServingAdapter {
  readonly adapter: AbstractHttpAdapter;
  /** Between the application's `init()` and its first request. */
  readonly ready: () => Promise<void>;
}

/** Nest's adapter for the HTTP framework of choice; its server is ours, its bodies are left unread. */
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
