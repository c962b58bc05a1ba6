import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chromiumPath, launchChromium, newPage } from '../browser/chromium.js';
import { anyPython } from '../support/pythons.js';
import { runPythonClient } from '../support/python-sdk.js';
import { requireOrSkip } from '../support/requirement.js';
import { anyScientificPython, scientificPythons } from '../support/scientific-pythons.js';
import { TestService } from '../support/service.js';
import { blocksOf, examplesOf } from './markdown.js';
import { TypeScriptProject } from './typescript-project.js';

const run = promisify(execFile);

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service?.close());

/** Restarts `main`, as a reader begins a page with a fresh session. */
async function beginAnew(): Promise<void> {
  const { status } = await service.request('/contexts/main/restart', { method: 'POST' });
  expect(status).toBe(200);
}

/** Removes the markers under source lines, which only newer Pythons print. */
function withoutMarkers(reply: unknown): unknown {
  return JSON.parse(JSON.stringify(reply).replaceAll(/\\n +[~^]+(?=\\n)/g, ''));
}

describe.each(['README.md', 'docs/fujian-protocol.md'])('the curl examples of %s', (page) => {
  let fresh: TestService; // file names in tracebacks count executions

  beforeAll(async () => {
    fresh = await TestService.start();
  });
  afterAll(() => fresh?.close());

  // In order, since the examples build on each other.
  it.each(examplesOf(page, 'sh'))('$code', async ({ code, outcome }) => {
    const command = code.replace('localhost:1987', `127.0.0.1:${fresh.port}`);
    const { stdout } = await run('bash', ['-c', command.replace('curl', 'curl --silent')]);
    expect(withoutMarkers(JSON.parse(stdout))).toEqual(withoutMarkers(JSON.parse(outcome)));
  });
});

describe('README.md', () => {
  beforeAll(beginAnew);

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

  it('has an example for the E2B SDK that works', async () => {
    const { code, outcome } = only('js');
    const args = ['--input-type=module', '--eval', code];
    expect((await run(process.execPath, args)).stdout).toBe(outcome);
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
      const page = await newPage(browser);
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
  'docs/protocols.md',
  'docs/sessions.md',
  'docs/interactive.md',
  'docs/code-interpreter.md',
  'docs/testing.md',
];

describe('the TypeScript examples', () => {
  const TYPES = 'docs/types.md';
  let project: TypeScriptProject;
  const nameOf = (page: string, index: number) => `${page}-${index + 1}`.replaceAll('/', '-');
  const block = (language: string) =>
    blocksOf(TYPES).find((one) => one.language === language)!.text;
  const types = (...args: string[]) =>
    project.perform(resolve('bin/fujian.js'), ['types', 'shapes', ...args], 'types');

  beforeAll(async () => {
    await beginAnew();
    project = new TypeScriptProject();
    for (const page of TYPESCRIPT) {
      for (const [index, { code }] of examplesOf(page, 'ts').entries()) {
        const here = code.replaceAll('localhost:1987', `127.0.0.1:${service.port}`);
        project.add(nameOf(page, index), here);
      }
    }
    project.add('types/example', examplesOf(TYPES, 'ts')[0]!.code);
    writeFileSync(join(project.directory, 'types/shapes.py'), block('python'));
    await types('-o', 'shapes.d.ts');
    await project.compile();
  });
  afterAll(() => project?.tearDown());

  describe.each(TYPESCRIPT)('of %s', (page) => {
    const examples = examplesOf(page, 'ts').map((example, index) => ({ ...example, index }));
    it.each(examples)('compile and work: $code', async ({ index, outcome }) => {
      expect(await project.outcomeOf(nameOf(page, index))).toBe(outcome);
    });
  });

  describe('of docs/types.md', () => {
    it('show the types that are written', async () => {
      expect((await types()).stdout.trim()).toBe(block('typescript').trim());
    });

    it('compile with those types, and work', async () => {
      expect(await project.outcomeOf('types/example')).toBe(examplesOf(TYPES, 'ts')[0]!.outcome);
    });
  });
});

describe.runIf(requireOrSkip('numpy and its like', scientificPythons().length > 0))(
  'docs/code-interpreter.md',
  () => {
    const page = 'docs/code-interpreter.md';
    let scientific: TestService;

    beforeAll(async () => {
      scientific = await TestService.start({ python: anyScientificPython().path });
    });
    afterAll(() => scientific?.close());

    it.each(examplesOf(page, 'python'))('has a Python example that works', async (example) => {
      const code = example.code.replaceAll('localhost:1987', `127.0.0.1:${scientific.port}`);
      const { stdout, stderr } = await runPythonClient(code, {});
      expect({ stdout, stderr }).toEqual({ stdout: example.outcome, stderr: '' });
    });

    it.each(examplesOf(page, 'sh'))('has a command that works: $code', async (example) => {
      const command = example.code.replace('localhost:1987', `127.0.0.1:${scientific.port}`);
      const { stdout } = await run('bash', ['-c', command.replace('curl', 'curl --silent')]);
      const sameTime = (lines: string) =>
        lines.replaceAll(/(?<="(timestamp|execution_count)":)\d+/g, '1');
      expect(sameTime(stdout)).toBe(sameTime(example.outcome));
    });
  },
);

describe('docs/command-line.md', () => {
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fujian-commands-'));
    await beginAnew();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

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
