import { defineConfig } from 'vitest/config';
import { PARTS, type Scope, specsOf } from './test/parts.js';

/** `vitest run` runs the everyday tests, `vitest run --mode all --project PART` all of one part. */
export default defineConfig(({ mode }) => {
  const scope: Scope = mode === 'all' ? 'all' : 'everyday';
  return {
    test: {
      globalSetup: ['test/support/setup/setup.ts'],
      provide: { scope },
      maxWorkers: '100%',
      projects: PARTS.map((part) => ({
        test: {
          name: part,
          include: specsOf(part, scope),
          // Unit tests share nothing but the modules that they import, which take longer than they do.
          isolate: part !== 'units',
          // They end what hangs. No test is about time: a busy machine may take as long as it likes.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      })),
    },
  };
});
