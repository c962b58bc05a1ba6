import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SOURCES = ['main.ts', 'src', 'config', 'pages', 'scripts/build-pages.mjs'];
const SETTINGS = ['package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
const OUTPUTS = ['dist', 'dist-pages'];
/** File with the fingerprint of the sources and of the build. */
const RECORD = 'node_modules/.cache/fujian-build';

/** Builds the service, unless dist/ and dist-pages/ are up to date. */
export async function buildUnlessFresh(): Promise<void> {
  if (existsSync(RECORD) && readFileSync(RECORD, 'utf8') === fingerprint()) return;
  const child = spawn('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error('The service could not be built: npm run build failed.');
  mkdirSync(dirname(RECORD), { recursive: true });
  writeFileSync(RECORD, fingerprint());
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of [...SOURCES, ...SETTINGS, ...OUTPUTS].flatMap(filesIn)) {
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.includes('__pycache__'))
    .sort()
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
}
