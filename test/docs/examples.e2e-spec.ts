import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chromiumPath, launchChromium } from '../browser/chromium.js';
import { makeApplicationDirectory } from '../support/application-directory.js';
import { anyPython } from '../support/pythons.js';
import { runPythonClient } from '../support/python-sdk.js';
import { requireOrSkip } from '../support/requirement.js';
import { anyScientificPython, scientificPythons } from '../support/scientific-pythons.js';
import { TestService } from '../support/service.js';
import { blocksOf, examplesOf } from './markdown.js';

const run = promisify(execFile);

/** Sees what the page shows as the newest Python prints it, which marks the place in a line. */
function withoutMarkers(reply: unknown): unknown {
  return JSON.parse(JSON.stringify(reply).replaceAll(/\\n +[~^]+(?=\\n)/g, ''));
}

describe.each(['README.md', 'docs/fujian-protocol.md'])('the curl examples of %s', (page) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());

  // One after the other, as readers do, since they build on each other.
  it.each(examplesOf(page, 'sh'))('$code', async ({ code, outcome }) => {
    const command = code.replace('localhost:1987', `127.0.0.1:${service.port}`);
    const { stdout } = await run('bash', ['-c', command.replace('curl', 'curl --silent')]);
    expect(withoutMarkers(JSON.parse(stdout))).toEqual(withoutMarkers(JSON.parse(outcome)));
  });
});

describe('README.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fujian-readme-'));
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(async () => {
    await service.close();
    rmSync(directory, { recursive: true });
  });

  const only = (language: string) => {
    const examples = examplesOf('README.md', language);
    expect(examples).toHaveLength(1);
    const [{ code, outcome }] = examples as [(typeof examples)[0]];
    return { code: code.replaceAll('localhost:1987', `localhost:${service.port}`), outcome };
  };

  it('begins with one command that starts the service, and one that runs the tests', () => {
    const [start, test] = blocksOf('README.md');
    expect(start?.text).toMatch(/^npm ci && npm start\b/);
    expect(test?.text).toMatch(/^npm test\b/);
  });

  it('has an example for Node that works', async () => {
    const { code, outcome } = only('js');
    const file = join(directory, 'hello.mjs');
    writeFileSync(file, code);
    expect((await run(process.execPath, [file])).stdout).toBe(outcome);
  });

  describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))('in a browser', () => {
    it('has an example that works', async () => {
      const { code, outcome } = only('html');
      const pages = createServer((_, response) => {
        response.setHeader('Content-Type', 'text/html').end(code);
      });
      await once(pages.listen(0, '127.0.0.1'), 'listening');
      const browser = await launchChromium();
      onTestFinished(async () => {
        await browser.close();
        pages.close();
      });
      const page = await browser.newPage();
      await page.goto(`http://localhost:${(pages.address() as AddressInfo).port}/`);
      const lines = page.locator('pre', { hasText: 'done' });
      await lines.waitFor();
      expect(await lines.textContent()).toBe(outcome);
    });
  });
});

const TYPESCRIPT = [
  'README.md',
  'docs/execution.md',
  'docs/calling-python.md',
  'docs/embedding.md',
  'docs/doors.md',
  'docs/sessions.md',
  'docs/interactive.md',
  'docs/code-interpreter.md',
  'docs/testing.md',
];

describe.each(TYPESCRIPT)('the TypeScript examples of %s', (page) => {
  const directory = mkdtempSync(join(tmpdir(), 'fujian-examples-'));
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start();
    makeApplicationDirectory(directory, ['@e2b']);
  });
  afterAll(async () => {
    await service.close();
    rmSync(directory, { recursive: true });
  });

  it.each(examplesOf(page, 'ts'))('compile and work: $code', async ({ code, outcome }) => {
    const here = code.replaceAll('localhost:1987', `127.0.0.1:${service.port}`);
    writeFileSync(join(directory, 'example.ts'), here);
    const options =
      '--strict --skipLibCheck --target es2023 --module nodenext --types node ' +
      '--experimentalDecorators --emitDecoratorMetadata';
    await run(resolve('node_modules/.bin/tsc'), [...options.split(' '), 'example.ts'], {
      cwd: directory,
    });
    const env = {
      ...process.env,
      PATH: `${resolve(anyPython().path, '..')}:${process.env['PATH']}`,
    };
    const { stdout } = await run(process.execPath, ['example.js'], { cwd: directory, env });
    expect(stdout).toBe(outcome);
  });
});

describe('docs/types.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fujian-types-'));
  const block = (language: string) =>
    blocksOf('docs/types.md').find((one) => one.language === language)!.text;
  const command = resolve('bin/fujian.js');
  const PATH = `${resolve(anyPython().path, '..')}:${process.env['PATH']}`;
  const env = { ...process.env, PATH };

  beforeAll(() => {
    makeApplicationDirectory(directory);
    writeFileSync(join(directory, 'shapes.py'), block('python'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('shows what is written', async () => {
    const { stdout } = await run(command, ['types', 'shapes'], { cwd: directory, env });
    expect(stdout.trim()).toBe(block('typescript').trim());
  });

  it('has an example that works', async () => {
    await run(command, ['types', 'shapes', '-o', 'shapes.d.ts'], { cwd: directory, env });
    const [{ code, outcome }] = examplesOf('docs/types.md', 'ts') as [
      { code: string; outcome: string },
    ];
    writeFileSync(join(directory, 'example.ts'), code);
    const options = '--strict --skipLibCheck --target es2023 --module nodenext --types node';
    await run(resolve('node_modules/.bin/tsc'), [...options.split(' '), 'example.ts'], {
      cwd: directory,
    });
    const { stdout } = await run(process.execPath, ['example.js'], { cwd: directory, env });
    expect(stdout).toBe(outcome);
  });
});

describe.runIf(requireOrSkip('numpy and its like', scientificPythons().length > 0))(
  'docs/code-interpreter.md',
  () => {
    const page = 'docs/code-interpreter.md';
    let service: TestService;

    beforeAll(async () => {
      service = await TestService.start({ python: anyScientificPython().path });
    });
    afterAll(() => service.close());

    it.each(examplesOf(page, 'python'))('has a Python example that works', async (example) => {
      const code = example.code.replaceAll('localhost:1987', `127.0.0.1:${service.port}`);
      const { stdout, stderr } = await runPythonClient(code, {});
      expect({ stdout, stderr }).toEqual({ stdout: example.outcome, stderr: '' });
    });

    it.each(examplesOf(page, 'sh'))('has a command that works: $code', async (example) => {
      const command = example.code.replace('localhost:1987', `127.0.0.1:${service.port}`);
      const { stdout } = await run('bash', ['-c', command.replace('curl', 'curl --silent')]);
      const sameTime = (lines: string) =>
        lines.replaceAll(/(?<="(timestamp|execution_count)":)\d+/g, '1');
      expect(sameTime(stdout)).toBe(sameTime(example.outcome));
    });
  },
);

describe('docs/command-line.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fujian-commands-'));
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(async () => {
    await service.close();
    rmSync(directory, { recursive: true });
  });

  it.each(examplesOf('docs/command-line.md', 'sh'))(
    'has an example that works: $code',
    async (example) => {
      const command = example.code
        .replaceAll('npx fujian', `node ${resolve('bin/fujian.js')}`)
        .replaceAll('localhost:1987', `127.0.0.1:${service.port}`);
      const env = { ...process.env, FUJIAN_PYTHON: anyPython().path };
      const { stdout } = await run('bash', ['-c', command], { cwd: directory, env });
      expect(stdout).toBe(example.outcome);
    },
  );
});
