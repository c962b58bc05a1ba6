#!/usr/bin/env node
// Not compiled, so that it is executable whatever builds the rest.
const { requireOpenFiles } = await import('../dist/src/command-line/open-files.js').catch(
  (error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write('fujian: the package is not built yet: run npm run build.\n');
    process.exit(1);
  },
);

requireOpenFiles();
const { start } = await import('../dist/src/command-line/start.js');
await start(process.argv.slice(2));
