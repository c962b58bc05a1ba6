import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionOptions } from '../../src/execution/execution-options.js';
import { Checkpoint } from '../support/checkpoint.js';
import { eventually } from '../support/eventually.js';
import { StoppedClock } from '../support/stopped-clock.js';
import { TestPython } from '../support/python.js';

const DIE = 'import os; os._exit(3)';
const OPEN = { code: 'FUJIAN_CIRCUIT_OPEN', retryAfter: 10 };
/** Milliseconds, of which nothing is waited. */
const PAUSE = 10_000;

let python: TestPython;
let checkpoint: Checkpoint;
const start = async (options: ExecutionOptions) => {
  python = await TestPython.start(options);
};

beforeEach(async () => {
  checkpoint = await Checkpoint.build();
});
afterEach(async () => {
  checkpoint.tearDown();
  await python.close();
});

describe('interpreters that die one after the other', () => {
  it('are replaced up to the limit, then code is refused until the pause is over', async () => {
    const clock = StoppedClock.stop();
    await start({ deathLimit: 3, deathPause: PAUSE });
    for (let n = 0; n < 3; n++) expect((await python.death(DIE)).death.reason).toBe('exit code 3');
    await expect(python.execute('pass')).rejects.toMatchObject({
      ...OPEN,
      message:
        'The interpreter ended 3 times within 60 s (the last time: exit code 3), so none is started ' +
        'for now; this code was not run. Send it again in 10 s.',
    });
    clock.goOn(PAUSE);
    await python.run('pass');
    // The trial succeeded: the count begins anew.
    for (let n = 0; n < 2; n++) await python.death(DIE);
    expect(await python.returned('fujian_return = "alive"')).toBe('alive');
  });

  it('are not replaced when the trial dies too', async () => {
    const clock = StoppedClock.stop();
    await start({ deathLimit: 2, deathPause: PAUSE });
    await python.death(DIE);
    await python.death(DIE);
    await expect(python.execute('pass')).rejects.toMatchObject(OPEN);
    clock.goOn(PAUSE);
    await python.death(DIE);
    await expect(python.execute('pass')).rejects.toMatchObject(OPEN);
  });

  it('are not replaced when the trial dies too, after a start-up file that did not', async () => {
    const clock = StoppedClock.stop();
    await start({
      deathLimit: 2,
      deathPause: PAUSE,
      startup: join(import.meta.dirname, 'starts-well.py'),
    });
    await python.death(DIE);
    await python.death(DIE);
    clock.goOn(PAUSE);
    await python.death(DIE);
    await expect(python.execute('pass')).rejects.toMatchObject(OPEN);
  });

  it('are gone before another is started, whose start-up file is answered for itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fujian-start-'));
    const [startup, flag] = [join(folder, 'startup.py'), join(folder, 'flag')];
    writeFileSync(
      startup,
      `import os, time
if os.path.exists(${JSON.stringify(flag)}):
  os.unlink(${JSON.stringify(flag)})
  takes_long_to_go = b"x" * (1 << 28)
  raise ValueError("at first")
time.sleep(0.2)`,
    );
    try {
      await start({ startup });
      writeFileSync(flag, '');
      await expect(python.service.restart()).rejects.toThrow('at first');
      expect(await python.returned('fujian_return = "alive"')).toBe('alive');
      expect(await python.returned('fujian_return = "still"')).toBe('still');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('while idle count as well', async () => {
    await start({ deathLimit: 2 });
    for (let generation = 1; generation <= 2; generation++) {
      await eventually(() => python.service.generation === generation);
      await python.run(
        `import threading, os
threading.Thread(target=lambda: (${checkpoint.pass()}, os._exit(1))).start()`,
      );
      (await checkpoint.arrival()).letThrough();
    }
    await eventually(async () => {
      const refused = await python.execute('pass').catch(({ code }: { code: string }) => code);
      return refused === 'FUJIAN_CIRCUIT_OPEN';
    });
  });

  it('are started at once by a restart', async () => {
    await start({ deathLimit: 1 });
    await python.death(DIE);
    await expect(python.execute('pass')).rejects.toMatchObject({ code: 'FUJIAN_CIRCUIT_OPEN' });
    await python.service.restart();
    expect(await python.returned('fujian_return = "alive"')).toBe('alive');
  });

  it('by their start-up file are answered with what is wrong with it', async () => {
    await start({});
    await python.close();
    await expect(TestPython.start({ startup: 'test/execution/dies-at-start.py' })).rejects.toThrow(
      /ended while it ran the start-up file .*dies-at-start\.py \(FUJIAN_STARTUP\): exit code 7\./,
    );
    await start({});
  });
});

describe('code that waits for an interpreter which dies', () => {
  const dying = async () => {
    const running = python.death(`${checkpoint.pass()}; ${DIE}`);
    const { letThrough } = await checkpoint.arrival();
    return { running, letThrough };
  };

  it('is refused by default, since its variables are gone', async () => {
    await start({});
    const { running, letThrough } = await dying();
    const waiting = Array.from({ length: 50 }, () => python.death('pass'));
    letThrough();
    await running;
    expect((await Promise.all(waiting)).map(({ started }) => started)).not.toContain(true);
  });

  it('is run in the next one, in order, if that is asked for', async () => {
    await start({ queuedOnDeath: 'run' });
    const { running, letThrough } = await dying();
    const abort = new AbortController();
    const waiting = Array.from({ length: 50 }, (_, n) =>
      python.returned(`ran = globals().get("ran", []) + [${n}]; fujian_return = len(ran)`),
    );
    const aborted = python
      .execute('ran.append("aborted")', { signal: abort.signal })
      .catch((error: unknown) => error);
    abort.abort();
    letThrough();
    await running;
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 50 }, (_, n) => String(n + 1)));
    expect(await aborted).toMatchObject({ code: 'FUJIAN_EXECUTION_ABORTED' });
    expect(python.service.generation).toBe(2);
  });
});
