import { createConfig, lintFromString } from '@redocly/openapi-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { documents } from '../../src/pages/api-docs/description/documents.js';

let made: Record<string, object>;

beforeAll(async () => {
  made = await documents();
});

describe.each(['openapi.json', 'asyncapi.json'])('%s, as the controllers make it', (name) => {
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
    const problems = await lintFromString({
      source: JSON.stringify(made[name]),
      absoluteRef: name,
      config,
    });
    expect(
      problems.map(({ message, location }) => `${location[0]?.pointer ?? ''}: ${message}`),
    ).toEqual([]);
  });
});
