import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/execution/stream-events.js';
import { Checkpoint } from '../support/checkpoint.js';
import { LONG_TEXTS } from '../support/long-texts.js';
import { times } from '../support/property.js';
import { TestPython } from '../support/python.js';

const SIZE = times(200_000, 5 * 1024 * 1024);

describe('long output', () => {
  let python: TestPython;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    python = await TestPython.start();
  });
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());
  afterAll(() => python.close());

  /** Prints in a thread while no code runs; resolves when it has printed. */
  async function printBetweenExecutions(expression: string): Promise<void> {
    await python.run(`import threading
def work():
    ${checkpoint.pass()}
    print(${expression}, end="")
    ${checkpoint.pass('"printed"')}
threading.Thread(target=work).start()`);
    (await checkpoint.arrival()).letThrough();
    const { letThrough, past } = await checkpoint.arrival();
    letThrough();
    await past;
  }

  async function printed(code: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<string> {
    const texts: string[] = [];
    await python.service.stream(code).forEach((event: StreamEvent) => {
      if (event.type === stream) texts.push(event.text);
    });
    return texts.join('');
  }

  describe.each(LONG_TEXTS)('of $name', ({ python: expression, text }) => {
    const long = expression(SIZE);
    const expected = text(SIZE);

    it('is whole in a result', async () => {
      const result = await python.run(
        `import sys; print(${long}, end=""); print(${long}, end="", file=sys.stderr); fujian_return = ${long}`,
      );
      expect(result).toEqual({ stdout: expected, stderr: expected, return: expected });
      expect(JSON.parse(JSON.stringify(result))).toEqual({ ...result });
    });

    it('is whole in a stream', async () => {
      expect(await printed(`print(${long}, end="")`)).toBe(expected);
    });

    it('is whole in the error of a death', async () => {
      const { partialOutput } = await python.death(
        `import os; print(${long}, end=""); os._exit(3)`,
      );
      expect(partialOutput).toEqual({ stdout: expected, stderr: '' });
    });

    it('from between executions comes first in the next result, or stream', async () => {
      await printBetweenExecutions(long);
      expect((await python.run('print("next")')).stdout).toBe(`${expected}next\n`);
      await printBetweenExecutions(long);
      expect(await printed('print("next")')).toBe(`${expected}next\n`);
    });

    it('is whole in a display', async () => {
      const { shown } = await python.execute(`display({"text/html": ${long}}, raw=True)`, {
        interactive: true,
      });
      expect(shown).toMatchObject([{ data: { 'text/html': expected } }]);
    });
  });

  it('is whole in a display of JSON', async () => {
    const { shown } = await python.execute(
      `display({"application/json": {"a": ["é"] * ${SIZE}}}, raw=True)`,
      { interactive: true },
    );
    const json = { a: Array.from({ length: SIZE }, () => 'é') };
    expect(shown).toMatchObject([{ data: { 'application/json': json } }]);
  });

  it('of many small writes is whole, and takes little more memory than its bytes', async () => {
    const count = times(100_000, 2_000_000);
    const { stdout } = await python.run(`import os\nfor n in range(${count}): os.write(1, b"ab")`);
    expect(stdout).toBe('ab'.repeat(count));
  });

  it('has no frames of ours in the stacks that faulthandler prints', async () => {
    const { stderr } = await python.run(
      `import faulthandler, sys\nfor _ in range(2_000): faulthandler.dump_traceback(2)`,
    );
    expect(stderr.match(/<fujian-\d+>", line 2 in <module>/g)).toHaveLength(2_000);
    expect(stderr).not.toContain('_fujian');
    expect(stderr).not.toContain('"<string>"');
    expect(
      await printed(`for _ in range(2_000): faulthandler.dump_traceback(2)`, 'stderr'),
    ).not.toContain('_fujian');
  });

  it('from before a stream waits for a slow reader, with all events after it', async () => {
    await printBetweenExecutions(`"é" * ${SIZE}`);
    const events: StreamEvent[] = [];
    for await (const event of python.service.stream('print("next"); fujian_return = 1')) {
      events.push(event);
      await new Promise(setImmediate);
    }
    const output = events.map((event) => (event.type === 'stdout' ? event.text : '')).join('');
    expect(output).toBe(`${'é'.repeat(SIZE)}next\n`);
    expect(events.slice(-2)).toEqual([{ type: 'result', return: '1' }, { type: 'done' }]);
  });

  it('from before a stream that is left at once is dropped', async () => {
    await printBetweenExecutions(`"é" * ${SIZE}`);
    for await (const _ of python.service.stream('print("unread")')) break;
    expect((await python.run('print("next")')).stdout).toBe('next\n');
  });

  describe('beyond the limit', () => {
    let limited: TestPython;

    beforeAll(async () => {
      limited = await TestPython.start({ outputLimit: 100_001 });
    });
    afterAll(() => limited.close());

    it('is cut between two characters, and says so', async () => {
      const { stdout } = await limited.run('print("é" * 100_000, end="")');
      expect(stdout).toBe(
        `${'é'.repeat(50_000)}\n[fujian: output cut here after 100000 bytes, 100000 more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`,
      );
    });

    it('is cut in a return value too', async () => {
      expect(await limited.returned('fujian_return = "é" * 100_000')).toBe(
        `${'é'.repeat(50_000)}\n[fujian: the return value was cut here after 100000 bytes, 100000 more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`,
      );
      expect(await limited.returned('fujian_return = "whole"')).toBe('whole');
    });
  });
});
