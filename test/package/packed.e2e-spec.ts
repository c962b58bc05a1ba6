import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyPython } from '../support/pythons.js';

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
}

const run = promisify(execFile);

/** npm installs these packages, other managers need not. Applications that do not serve work without. */
const OF_SERVICE = /^@nestjs\/(platform-|websockets$)/;

/** The compiler options of Nest's official starter. */
const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    resolvePackageJsonExports: true,
    esModuleInterop: true,
    isolatedModules: true,
    declaration: true,
    removeComments: true,
    emitDecoratorMetadata: true,
    experimentalDecorators: true,
    allowSyntheticDefaultImports: true,
    target: 'ES2023',
    sourceMap: true,
    outDir: './dist',
    rootDir: './src',
    incremental: true,
    skipLibCheck: true,
    strict: true,
    types: ['node'],
  },
  include: ['src'],
};

const MAIN = `
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionModule, type ExecutionResult, PythonInterpreterService } from 'fujian';
import { FakePython, startPython } from 'fujian/testing';

@Injectable()
class Geometry {
  constructor(private readonly python: PythonInterpreterService) {}
  diagonal(): Promise<number> {
    return this.python.call<number>('math:hypot', [3, 4]);
  }
}

@Module({ imports: [ExecutionModule.forRoot()], providers: [Geometry] })
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
console.log('injected', await app.get(Geometry).diagonal());
await app.close();
await using python = await startPython();
const result: ExecutionResult = await python.service.execute('fujian_return = 6 * 7');
console.log('started', result.return);
console.log('fake', await new FakePython().whenCalled('m:f', (a: number) => a + 1).call('m:f', [1]));
`;

const INTERPRETER = `
import { Module } from '@nestjs/common';
import { ExecutionModule } from 'fujian';
import { AccessModule, AccessPolicy, CodeInterpreterModule } from 'fujian/code-interpreter';

class Policy extends AccessPolicy {}
const access = AccessModule.register({ token: 'T0K', policy: Policy });

@Module({
  imports: [
    ExecutionModule.forRoot({ isGlobal: true }),
    CodeInterpreterModule.register({ path: 'python', access }),
  ],
})
class AppModule {}
console.log(AppModule.name);
`;

const PROTOCOLS = `
import { CodeInterpreterModule, FujianModule, GuardedWsAdapter } from 'fujian/protocols';
import * as alone from 'fujian/code-interpreter';

FujianModule.register({ path: 'python' });
console.log(GuardedWsAdapter.name, CodeInterpreterModule === alone.CodeInterpreterModule);
`;

const COMMON_JS = `
import fujian = require('fujian');
import testing = require('fujian/testing');
const required: typeof fujian.ExecutionModule = fujian.ExecutionModule;
console.log(required.name, new testing.FakePython().generation);
`;

describe('the package', () => {
  let directory: string;
  let app: string;
  let modules: string;
  let tarball: string;

  const bin = (name: string, ...args: string[]) =>
    run(process.execPath, [resolve('node_modules', name), ...args], { cwd: app });
  const node = (...args: string[]) => {
    const PATH = `${dirname(anyPython().path)}:${process.env['PATH']}`;
    return run(process.execPath, args, { cwd: app, env: { ...process.env, PATH } });
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fujian-package-'));
    app = join(directory, 'app');
    modules = join(app, 'node_modules');
    // Without scripts: the package is built already, and other tests use the build.
    const options = ['--ignore-scripts', '--offline', '--silent', '--pack-destination', directory];
    const { stdout } = await run('npm', ['pack', ...options]);
    tarball = join(directory, stdout.trim());
    mkdirSync(join(modules, 'fujian'), { recursive: true });
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'fujian')]);
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
    const { dependencies, peerDependencies } = manifest;
    // A minimal installation; the types of Node are the app's own.
    const peers = Object.keys(peerDependencies).filter((name) => !OF_SERVICE.test(name));
    for (const name of [...Object.keys(dependencies), ...peers, '@types/node']) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(resolve('node_modules', name), join(modules, name));
    }
    mkdirSync(join(app, 'src'));
    const files = {
      'package.json': { name: 'app', private: true, type: 'module' },
      'tsconfig.json': TSCONFIG,
      'nest-cli.json': { sourceRoot: 'src', compilerOptions: { deleteOutDir: true } },
    };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(app, name), JSON.stringify(content));
    }
    writeFileSync(join(app, 'src/main.ts'), MAIN);
    writeFileSync(join(app, 'src/interpreter.ts'), INTERPRETER);
    writeFileSync(join(app, 'src/common.cts'), COMMON_JS);
    await bin('@nestjs/cli/bin/nest.js', 'build');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('has what it needs, and no tests, maps or sources', async () => {
    const files = (await run('tar', ['-tzf', tarball])).stdout.trim().split('\n');
    expect(files).toEqual(
      expect.arrayContaining([
        'package/LICENSE',
        'package/README.md',
        'package/bin/fujian.js',
        'package/dist/main.js',
        'package/dist-pages/api-docs.html',
        'package/dist-pages/console.html',
        'package/dist-pages/openapi.json',
        'package/dist/src/testing/index.d.ts',
        'package/python/_fujian/supervisor.py',
      ]),
    );
    const expected =
      /^package\/(LICENSE|README\.md|package\.json|bin\/fujian\.js|deploy\/fujian\.service|dist-pages\/([a-z-]+\.html|[a-z]+\.json|licenses\.txt)|dist\/.+(\.d\.ts|\.js)|python\/.+\.py)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    expect(
      files.filter((file) => /spec|\/[^/]+\/[^/]+\/testing\/.*(incoming|scripted)/.test(file)),
    ).toEqual([]);
  });

  it('works in a Nest application that has nothing to serve with', async () => {
    const { stdout, stderr } = await node('dist/main.js');
    expect({ stdout, stderr }).toEqual({ stdout: 'injected 5\nstarted 42\nfake 2\n', stderr: '' });
  });

  it('has a command', async () => {
    const { bin: bins } = JSON.parse(
      readFileSync(join(modules, 'fujian/package.json'), 'utf8'),
    ) as {
      bin: Record<string, string>;
    };
    const command = join(modules, 'fujian', bins['fujian']!);
    expect((await run(command, ['types', 'textwrap'], { cwd: app })).stdout).toContain(
      'export function dedent(text: unknown): Promise<unknown>;',
    );
  });

  it('can be required', async () => {
    expect((await node('dist/common.cjs')).stdout).toBe('ExecutionModule 1\n');
  });

  it('has the code-interpreter protocol for applications without WebSocket', async () => {
    expect((await node('dist/interpreter.js')).stdout).toBe('AppModule\n');
  });

  it('has both protocols for those with', async () => {
    for (const name of ['@nestjs/websockets', '@nestjs/platform-ws']) {
      symlinkSync(resolve('node_modules', name), join(modules, name));
    }
    writeFileSync(join(app, 'src/protocols.ts'), PROTOCOLS);
    await bin('@nestjs/cli/bin/nest.js', 'build');
    expect((await node('dist/protocols.js')).stdout).toBe('GuardedWsAdapter true\n');
  });

  it('does nothing when it is imported', async () => {
    const code = `
      const before = process.eventNames().length;
      await import('fujian');
      await import('fujian/testing');
      await import('fujian/code-interpreter');
      // Files of modules may still be being closed.
      const active = process.getActiveResourcesInfo().filter((one) => one !== 'CloseReq');
      console.log(active.length, process.eventNames().length - before);`;
    const { stdout, stderr } = await node('--input-type=module', '--eval', code);
    expect({ stdout, stderr }).toEqual({ stdout: '0 0\n', stderr: '' });
  });

  it('is clean for publint', async () => {
    await bin('publint/src/cli.js', 'run', tarball, '--strict');
  });

  it('has types that are found, by moduleResolution node10 too', async () => {
    const options = ['--no-definitely-typed', '--no-color'];
    // Node can require() modules.
    options.push('--ignore-rules', 'cjs-resolves-to-esm');
    await bin('@arethetypeswrong/cli/dist/index.js', tarball, ...options);
  });
});
