import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fujian } from '../support/fujian-command.js';
import { clearUpLaunches, launch } from '../process/launches.js';

const run = promisify(execFile);

describe('npm install fujian, in an empty directory', () => {
  clearUpLaunches();
  let directory: string;
  let bin: string;
  const npm = (...args: string[]) => run('npm', args, { cwd: directory });

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fujian-install-'));
    bin = join(directory, 'node_modules/.bin/fujian');
    const options = ['--ignore-scripts', '--silent', '--pack-destination', directory];
    const { stdout } = await run('npm', ['pack', ...options]);
    await npm('init', '--yes');
    await npm('install', '--prefer-offline', '--no-audit', '--no-fund', `./${stdout.trim()}`);
  }, 200_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('brings all that the service needs', async () => {
    const service = await launch({ command: [bin], cwd: directory });
    expect(await service.run('fujian_return = 6 * 7')).toBe('42');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });

  it('brings all that the other commands need', async () => {
    const program = [bin];
    writeFileSync(join(directory, 'script.py'), 'print("hello")');
    const options = { program, cwd: directory };
    expect(await fujian(['run', 'script.py'], options)).toMatchObject({ stdout: 'hello\n' });
    expect((await fujian(['types', 'textwrap'], options)).code).toBe(0);
    expect((await fujian(['doctor', '--port', '0'], options)).code).toBe(0);
  });

  it('says how to get what is optional, where it is asked for', async () => {
    const options = { program: [bin], cwd: directory };
    const { code, stderr } = await fujian(['--http-adapter', 'fastify'], options);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /needs the package @nestjs\/platform-fastify, which is not installed: npm i/,
    );
    const doctor = await fujian(['doctor', '--port', '0', '--http-adapter', 'fastify'], options);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain('npm install @nestjs/platform-fastify');
  });

  it('is pinned by the lock file, where Nest is not for development alone', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>;
    };
    for (const name of ['common', 'core', 'platform-express', 'platform-ws', 'websockets']) {
      const { dev, devOptional } = packages[`node_modules/@nestjs/${name}`]!;
      expect({ name, dev, devOptional }).toEqual({ name });
    }
  });
});
