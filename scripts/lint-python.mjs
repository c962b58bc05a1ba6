// Checks the Python side: `npm run lint:python`. Uses the tools on PATH, else installs them into
// node_modules/.cache. If that is impossible it says so, and fails only in CI.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOLS = { ruff: '0.17.6', mypy: '2.4.1' };
const CHECKS = [
  ['ruff', 'check'],
  ['ruff', 'format', '--check', '--diff'],
  ['mypy'],
  ['python3', 'scripts/lint/originals.py'],
];

const root = fileURLToPath(new URL('..', import.meta.url));
const environment = join(root, 'node_modules/.cache/fujian-python-tools');
const bin = join(environment, 'bin');

const path = Object.keys(TOOLS).every(onPath) ? process.env.PATH : installed();
if (path === undefined) {
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
} else {
  const failed = CHECKS.filter((check) => run(check, path).status !== 0);
  for (const check of failed) console.error(`failed: ${check.join(' ')}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

function onPath(tool) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, tool)));
}

/** Returns the PATH with the tools. Returns undefined if they cannot be installed. */
function installed() {
  const requirements = Object.entries(TOOLS).map(([tool, version]) => `${tool}==${version}`);
  const steps = [
    ['python3', '-m', 'venv', environment],
    [join(bin, 'pip'), 'install', '--quiet', '--disable-pip-version-check', ...requirements],
  ];
  const missing = existsSync(environment) ? steps.slice(1) : steps;
  const failed = missing.find((step) => run(step, process.env.PATH).status !== 0);
  if (!failed) return `${bin}${delimiter}${process.env.PATH}`;
  rmSync(environment, { recursive: true, force: true });
  console.error(
    `The Python side was not checked: ruff and mypy are not on PATH and could not be installed (${failed.join(' ')}).`,
  );
  return undefined;
}

function run([command, ...parameters], PATH) {
  // A directory for the files that pip leaves.
  const TMPDIR = mkdtempSync(join(tmpdir(), 'fujian-lint-'));
  const env = { ...process.env, PATH, TMPDIR };
  const result = spawnSync(command, parameters, { cwd: root, env, stdio: 'inherit' });
  rmSync(TMPDIR, { recursive: true });
  return result;
}
