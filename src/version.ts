import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('#package.json') as { version: string };

/** The package's version, from package.json. */
export const VERSION = manifest.version;
