import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chromiumPath, launchChromium, newPage } from '../browser/chromium.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { anyPython, type FoundPython } from '../support/pythons.js';
import { requireOrSkip } from '../support/requirement.js';
import { anyScientificPython, scientificPythons } from '../support/scientific-pythons.js';
import { ExampleProcess } from './example-process.js';

/** Timeout that only ends a hanging test. */
const PATIENTLY = { timeout: 100_000 };

function running(name: string, python: () => FoundPython): () => ExampleProcess {
  let example: ExampleProcess;
  beforeAll(async () => {
    example = await ExampleProcess.start(name, python());
  });
  afterAll(() => example?.stop());
  return () => example;
}

describe.runIf(requireOrSkip('numpy and its like', scientificPythons().length > 0))(
  'the example house-prices',
  () => {
    const example = running('house-prices', anyScientificPython);
    const key = { 'X-Api-Key': 'secret' };

    it('predicts by a model of numpy', async () => {
      const houses = [
        { area: 120, rooms: 4 },
        { area: 10, rooms: 1 },
      ];
      const response = await example().post('/predictions', { houses }, key);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ prices: [330_000, 80_000] });
    });

    it('checks the API key and the body', async () => {
      expect((await example().post('/predictions', {})).status).toBe(403);
      expect((await example().post('/predictions', { houses: [{}] }, key)).status).toBe(400);
    });
  },
);

describe('the example progress', () => {
  const example = running('progress', anyPython);

  it('streams how far it is, and the result', async () => {
    const response = await fetch(`${example().url}/primes?below=1000`);
    const events = (await response.text()).trim().split('\n\n');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(events.slice(0, 2).map(dataOf)).toEqual([{ percent: 1 }, { percent: 2 }]);
    expect(dataOf(events.at(-1)!)).toEqual({ count: 168 });
  });

  it.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))(
    'ends a computation whose client has left',
    async () => {
      const before = example().processes;
      const left = new AbortController();
      const url = `${example().url}/primes?below=1000000000`;
      await fetch(url, { signal: left.signal });
      const added = () => example().processes.filter((process) => !before.includes(process));
      await expect.poll(added, PATIENTLY).not.toEqual([]);
      left.abort();
      await expect.poll(added, PATIENTLY).toEqual([]);
    },
  );

  describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))('in a browser', () => {
    it('shows it', async () => {
      const browser = await launchChromium();
      onTestFinished(() => browser.close());
      const page = await newPage(browser);
      await page.goto(example().url);
      await page.fill('#below', '1000');
      await page.click('#count');
      await page.getByText('There are 168.').waitFor();
      expect(await page.locator('#progress').getAttribute('value')).toBe('100');
    });
  });
});

describe('the example two-pythons', () => {
  const example = running('two-pythons', anyPython);

  it('runs its own code and untrusted code apart', async () => {
    const summary = await example().post('/summary', { numbers: [1, 2, 6] });
    expect(await summary.json()).toEqual({ mean: 3, median: 2 });
    const code = 'import sys; print("statistics" in sys.modules); fmean = None; 1 / 0';
    const answer = await (await example().post('/run', { code })).json();
    expect(answer).toMatchObject({
      stdout: 'False\n',
      error: expect.stringContaining('ZeroDivisionError'),
    });
  });

  it('refuses a wrong body with an explanation', async () => {
    for (const [path, body] of [
      ['/summary', { numbers: [] }],
      ['/summary', { numbers: 'abc' }],
      ['/run', {}],
    ] as const) {
      expect((await example().post(path, body)).status).toBe(400);
    }
  });

  it('survives untrusted code', async () => {
    for (const code of [
      'import os; os._exit(1)',
      'x = bytearray(1 << 30)',
      'import tempfile; tempfile.TemporaryFile(buffering=0).write(b"x")',
    ]) {
      const { status } = await example().post('/run', { code });
      expect(status).toBeLessThan(500);
      expect((await example().post('/summary', { numbers: [1] })).status).toBe(200);
    }
  });
});

function dataOf(event: string): unknown {
  return JSON.parse(/^data: (.*)$/m.exec(event)![1]!);
}
