// Starts and stops the servers under comparison. All knowledge of how to launch them is here.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @typedef {{ port: number, pid: number, stop: () => Promise<void> }} Server */

export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** @param {'express' | 'fastify'} adapter @param {string} [python] @returns {Promise<Server>} */
export function startFujian(adapter, python) {
  const main = join(PROJECT, 'dist/main.js');
  if (!existsSync(main)) throw new Error('dist/main.js is missing: run `npm run build` first');
  const env = {
    FUJIAN_HOST: '127.0.0.1',
    FUJIAN_PORT: '0',
    FUJIAN_HTTP_ADAPTER: adapter,
    FUJIAN_LOG_LEVEL: 'log',
    NO_COLOR: '1',
    ...(python && { FUJIAN_PYTHON: python }),
  };
  return launch(process.execPath, main, env, /http:\/\/127\.0\.0\.1:(\d+)/);
}

/** @param {string} python @returns {Promise<Server>} */
export function startTornado(python) {
  return launch(python, join(PROJECT, 'bench/tornado_server.py'), {}, /^(\d+)$/);
}

/** @param {string} python @returns {Promise<Server>} */
export function startJupyterServer(python) {
  return launch(python, join(PROJECT, 'bench/jupyter_server_baseline.py'), {}, /^(\d+)$/);
}

/**
 * Resolves once the process has printed its port.
 *
 * @type {(command: string, main: string, env: NodeJS.ProcessEnv, port: RegExp) => Promise<Server>}
 */
async function launch(command, main, env, portPattern) {
  const child = spawn(command, [main], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = portPattern.exec(line)?.[1];
    if (port === undefined) continue;
    setImmediate(() => child.stdout.resume()); // A full pipe would stop the server.
    return { port: Number(port), pid: Number(child.pid), stop: () => stop(child) };
  }
  throw new Error(`${main} ended before it said where it listens`);
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(killer);
}
