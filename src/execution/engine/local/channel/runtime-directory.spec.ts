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

/** As a process leaves it that is killed: with a socket that nobody listens to. */
function leaveSocket(path: string): void {
  const code = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', code]);
  expect(statSync(path).isSocket()).toBe(true);
}

function age(path: string): void {
  utimesSync(path, new Date(0), new Date(0));
}

describe('RuntimeDirectory', () => {
  it('is for its user alone, and gone when it is removed, with what is in it', () => {
    const directory = new RuntimeDirectory();
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);
    writeFileSync(directory.join('main.1.out'), '');
    directory.remove();
    directory.remove();
    expect(existsSync(directory.path)).toBe(false);
  });
});

describe('sweepRuntimeDirectories', () => {
  it('removes what nobody answers for', async () => {
    const left = new RuntimeDirectory();
    leaveSocket(left.channel);
    await sweepRuntimeDirectories();
    expect(existsSync(left.path)).toBe(false);
  });

  it('leaves those of services that run', async () => {
    const used = new RuntimeDirectory();
    await answer(used.channel);
    age(used.path);
    await sweepRuntimeDirectories();
    expect(existsSync(used.path)).toBe(true);
  });

  it('leaves those of services that are about to start, but not for ever', async () => {
    const [starting, abandoned] = [new RuntimeDirectory(), new RuntimeDirectory()];
    age(abandoned.path);
    await sweepRuntimeDirectories();
    expect([starting, abandoned].map(({ path }) => existsSync(path))).toEqual([true, false]);
  });

  it('leaves what is none, whatever its name', async () => {
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

  it('of two services at once does no harm', async () => {
    const left = [new RuntimeDirectory(), new RuntimeDirectory()];
    for (const { path } of left) age(path);
    await Promise.all([sweepRuntimeDirectories(), sweepRuntimeDirectories()]);
    expect(left.map(({ path }) => existsSync(path))).toEqual([false, false]);
  });
});
