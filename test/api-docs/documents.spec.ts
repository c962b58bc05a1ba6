import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { documents } from '../../src/pages/api-docs/description/documents.js';

const STALE =
  'it is not what the controllers say: run `npm run docs:openapi`, and look at what changes';

let made: Record<string, string>;

beforeAll(async () => {
  made = await documents();
});

describe.each(['openapi.json', 'asyncapi.json'])('src/pages/api-docs/%s', (name) => {
  const checkedIn = readFileSync(`src/pages/api-docs/${name}`, 'utf8');

  it('is what the controllers and their descriptions make', () => {
    expect(checkedIn, STALE).toBe(made[name]);
  });

  it('is valid', async () => {
    const config = await createConfig({
      rules: {
        struct: 'error',
        spec: 'error',
        'no-unresolved-refs': 'error',
        'operation-operationId-unique': 'error',
        'operation-summary': 'error',
        'path-declaration-must-exist': 'error',
        'path-parameters-defined': 'error',
        'no-identical-paths': 'error',
        'no-invalid-media-type-examples': 'error',
        'no-undefined-server-variable': 'error',
        'security-defined': 'error',
      },
    });
    const problems = await lintFromString({ source: checkedIn, absoluteRef: name, config });
    expect(
      problems.map(({ message, location }) => `${location[0]?.pointer ?? ''}: ${message}`),
    ).toEqual([]);
  });
});
