import type { ServerResponse } from 'node:http';

/** A response as Nest passes it: Express extends Node's, Fastify wraps it. */
export type PlatformResponse = ServerResponse & {
  readonly raw?: ServerResponse;
  hijack?(): unknown;
};

/** Returns Node's response, to write by hand: Fastify no longer sends a reply of its own. */
export function hijackResponse(response: PlatformResponse): ServerResponse {
  response.hijack?.();
  return response.raw ?? response;
}
