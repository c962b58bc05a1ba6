import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,config,pages}/**/*.spec.ts', 'test/**/*.{spec,e2e-spec}.ts'],
    globalSetup: ['test/support/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
