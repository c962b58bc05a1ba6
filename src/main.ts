import { start } from './command-line/start.js';

await start(['serve', ...process.argv.slice(2)]);
