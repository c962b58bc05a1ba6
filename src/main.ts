import { requireOpenFiles } from './command-line/open-files.js';

requireOpenFiles();
const { start } = await import('./command-line/start.js');
await start(['serve', ...process.argv.slice(2)]);
