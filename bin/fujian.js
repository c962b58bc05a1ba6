#!/usr/bin/env node
// Not compiled: it is executable as it is, whatever builds the rest.
const { start } = await import('../dist/src/command-line/start.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('fujian: it is not built yet: npm run build.\n');
  process.exit(1);
});

await start(process.argv.slice(2));
