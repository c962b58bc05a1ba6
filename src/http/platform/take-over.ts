import type { ServerResponse } from 'node:http';

/** As Nest hands it out: Express extends Node's, Fastify wraps it. */
export type PlatformResponse = ServerResponse & {
  readonly raw?: ServerResponse;
  hijack?(): unknown;
};

/** From now on the answer is written by hand. */
export function takeOver(response: PlatformResponse): ServerResponse {
  response.hijack?.();
  return response.raw ?? response;
}
