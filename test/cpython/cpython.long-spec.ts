import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { oldestAndNewest } from '../support/found-python.js';
import { TestPython } from '../support/python.js';
import { ExpectedDifferences } from './expected-differences.js';
import modules from './modules.json' with { type: 'json' };
import { type Difference, GRACE, SideBySide } from './side-by-side.js';

/** Milliseconds: a module runs twice at most, each time until its deadline. */
const TIMEOUT = 300_000;

const expected = new ExpectedDifferences();

afterAll(() => {
  const gone = expected.notMet;
  if (gone.length > 0) console.log('Not met, and maybe gone:', gone);
});

// Debian's Python lacks its tests.
const withTests = inject('pythons').supported.filter(({ path }) => !path.startsWith('/usr/bin/'));

describe.each(oldestAndNewest(withTests))("CPython's own tests, in Python $version", ({ path }) => {
  let python: TestPython;
  let both: SideBySide;

  beforeAll(async () => {
    python = await TestPython.start({ python: path, interruptGrace: GRACE });
    both = new SideBySide(path, python);
  });
  afterAll(() => python.close());

  it.each(modules)(
    'pass, fail and are skipped in a session as in a plain Python: %s',
    async (module) => {
      expect(await unexpected(module)).toEqual([]);
    },
    TIMEOUT,
  );

  /** A test that fails now and then is no difference: a difference is there twice. */
  async function unexpected(module: string): Promise<readonly Difference[]> {
    const first = await run(module);
    if (first.length === 0) return [];
    const again = new Set((await run(module)).map(({ test }) => test));
    return first.filter(({ test }) => again.has(test));
  }

  async function run(module: string): Promise<readonly Difference[]> {
    const found = await both.run(`test.${module}`);
    return (found ?? []).filter((one) => !expected.has(one));
  }
});
