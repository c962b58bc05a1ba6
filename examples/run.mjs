// node examples/run.mjs house-prices | progress | two-pythons
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const examples = import.meta.dirname;
const [name = ''] = process.argv.slice(2);
if (!existsSync(join(examples, name, 'main.ts'))) {
  console.error(`There is no example '${name}': see examples/README.md.`);
  process.exit(2);
}
const typescript = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [typescript, '-p', examples], { stdio: 'inherit' });
// The working directory is where Python finds the example's modules.
const application = spawn(process.execPath, [join(examples, 'dist', name, 'main.js')], {
  cwd: join(examples, name),
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => application.kill(signal));
application.on('exit', (code) => (process.exitCode = code ?? 1));
