import { format, resolveConfig } from 'prettier';
import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';

/** What is checked in and served, by the names of the files: `npm run docs:openapi` writes it. */
export async function documents(): Promise<Record<string, string>> {
  return {
    'openapi.json': await written(await openApiDocument()),
    'asyncapi.json': await written(asyncApiDocument()),
  };
}

/** As the files of this project are. */
async function written(document: object): Promise<string> {
  const options = await resolveConfig('openapi.json', { editorconfig: false });
  return format(JSON.stringify(document), { ...options, parser: 'json' });
}
