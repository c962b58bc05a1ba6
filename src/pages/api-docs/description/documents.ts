import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';

/** Returns the documents of the API by the names of their files, for `scripts/build-pages.mjs`. */
export async function documents(): Promise<Record<string, object>> {
  return { 'openapi.json': await openApiDocument(), 'asyncapi.json': asyncApiDocument() };
}
