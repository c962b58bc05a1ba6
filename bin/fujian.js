#!/usr/bin/env node
// Not compiled, so that it is executable whatever builds the rest.
const { start } = await import('../dist/src/command-line/start.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('fujian: the package is not built yet: run npm run build.\n');
  process.exit(1);
});

await start(process.argv.slice(2));
