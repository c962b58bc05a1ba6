import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RuntimeDirectory, sweepRuntimeDirectories } from './runtime-directory.js';

const servers: Server[] = [];
let temporary: string;
let usual: string | undefined;

beforeEach(() => {
  usual = process.env['TMPDIR'];
  temporary = mkdtempSync(join(tmpdir(), 'sweep-'));
  process.env['TMPDIR'] = temporary;
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  if (usual === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usual;
  rmSync(temporary, { recursive: true });
});

async function answer(path: string): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  server.listen(path);
  await once(server, 'listening');
}

/** Leaves a socket without a listener, like a killed process. */
function leaveSocket(path: string): void {
  const code = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code]);
  expect(statSync(path).isSocket()).toBe(true);
}

function age(path: string): void {
  utimesSync(path, new Date(0), new Date(0));
}

describe('RuntimeDirectory', () => {
  it('is private, and removed with its contents', () => {
    const directory = new RuntimeDirectory();
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    writeFileSync(directory.join('main.1.out'), '');
    directory.remove();
    directory.remove();
    expect(existsSync(directory.path)).toBe(false);
  });
});

describe('sweepRuntimeDirectories', () => {
  it('removes directories of killed services', async () => {
    const left = new RuntimeDirectory();
    leaveSocket(left.channel);
    await sweepRuntimeDirectories();
    expect(existsSync(left.path)).toBe(false);
  });

  it('keeps directories of running services', async () => {
    const used = new RuntimeDirectory();
    await answer(used.channel);
    age(used.path);
    await sweepRuntimeDirectories();
    expect(existsSync(used.path)).toBe(true);
  });

  it('keeps directories of starting services for a limited time', async () => {
    const [starting, abandoned] = [new RuntimeDirectory(), new RuntimeDirectory()];
    age(abandoned.path);
    await sweepRuntimeDirectories();
    expect([starting, abandoned].map(({ path }) => existsSync(path))).toEqual([true, false]);
  });

  it('keeps files, links and other directories', async () => {
    const other = join(temporary, 'other');
    mkdirSync(other);
    const link = join(temporary, 'fujian-runtime-link');
    symlinkSync(other, link);
    const file = join(temporary, 'fujian-runtime-file');
    writeFileSync(file, '');
    for (const path of [other, file]) age(path);
    await sweepRuntimeDirectories();
    expect([other, link, file].map((path) => existsSync(path))).toEqual([true, true, true]);
  });

  it('tolerates concurrent sweeps', async () => {
    const left = [new RuntimeDirectory(), new RuntimeDirectory()];
    for (const { path } of left) age(path);
    await Promise.all([sweepRuntimeDirectories(), sweepRuntimeDirectories()]);
    expect(left.map(({ path }) => existsSync(path))).toEqual([false, false]);
  });
});
