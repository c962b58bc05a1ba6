import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { InterpreterDiedError } from '../../src/errors/interpreter-death.js';
import type { ExecutionOptions } from '../../src/execution/execution-options.js';
import type { SessionLimits } from '../../src/execution/session-limits.js';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { times } from '../support/property.js';
import { TestPython, TestSession } from '../support/python.js';
import { anyPython, pythons } from '../support/pythons.js';

const MB = 1024 * 1024;
/** Python expression: the number of the supervisor's children. */
const CHILDREN = `len(open(f"/proc/{os.getppid()}/task/{os.getppid()}/children").read().split())`;

describe.each(pythons())('limits of a session in Python $version', ({ path }) => {
  let shared: TestPython;
  let session: PythonSession;
  let python: TestSession;

  beforeAll(async () => {
    shared = await TestPython.start({ python: path });
  });
  afterAll(() => shared.close());

  const start = async (limits: SessionLimits) => {
    session = await shared.service.createSession({ limits });
    python = new TestSession(session);
  };
  afterEach(() => shared.service.close(session.id));

  it('of memory: code that wants more gets a MemoryError, and goes on', async () => {
    await start({ memory: 128 * MB });
    const { error } = await python.execute('data = bytearray(256 << 20)');
    expect(error?.type).toBe('MemoryError');
    expect(await python.returned('data = bytearray(64 << 20); fujian_return = len(data)')).toBe(
      String(64 * MB),
    );
    expect(session.generation).toBe(1);
  });

  it('of memory: code that takes the last bit of it is answered, and what it holds can go', async () => {
    await start({ memory: 128 * MB });
    const { error } = await python.execute('kept = []\nwhile True: kept.append(bytearray(4000))');
    expect(error?.type).toBe('MemoryError');
    expect(await python.returned('kept.clear(); fujian_return = "free"')).toBe('free');
    expect(session.generation).toBe(1);
  });

  it('of memory: an interpreter that has none left to answer with is replaced, and says so', async () => {
    await start({ memory: 64 * MB });
    // Fujian's own code runs out of memory, as it may when user code has used its reserve as well.
    const { death } = await python.death(
      `import sys
def fail(*_): raise MemoryError
sys.modules["_fujian.session"]._encoded = fail`,
    );
    expect(death).toMatchObject({
      cause: 'memory-limit',
      reason: 'ran out of memory (limit 64 MB)',
    });
    expect(await python.returned('fujian_return = "a new one"')).toBe('a new one');
  });

  it('of memory: code that takes the last block of every size is answered, one way or the other', async () => {
    await start({ memory: 64 * MB });
    const outcome = await python
      .execute(
        `import resource
_, most = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
kept = None
for size in [1 << 20, 1 << 12, *range(496, 0, -16)]:
  try:
    while True: kept = kept, bytes(size)
  except MemoryError: pass
1 / 0`,
      )
      .then(
        ({ error }) => error?.type,
        (error: InterpreterDiedError) => error.death.reason,
      );
    expect(['MemoryError', 'ZeroDivisionError', 'ran out of memory (limit 64 MB)']).toContain(
      outcome,
    );
    await session.restart();
    expect(await python.returned('fujian_return = "a new one"')).toBe('a new one');
  });

  it('of processor time: an interpreter that has used it up is replaced, and says where it was', async () => {
    await start({ cpuTime: 1_000 });
    const { death, partialOutput } = await python.death(
      'def spin():\n  while True: pass\nprint("before")\nspin()',
    );
    expect(death).toMatchObject({
      cause: 'cpu-limit',
      reason: 'used up its processor time (limit 1 s)',
    });
    expect(partialOutput.stdout).toBe('before\n');
    expect(partialOutput.stderr).toMatch(/in spin\n.*in <module>\n$/);
    expect(await python.returned('fujian_return = "a new one"')).toBe('a new one');
  });

  // The test takes two seconds of processor time, so everyday it runs on one Python.
  const patient = inject('scope') === 'all' || path === anyPython().path ? [path] : [];
  it.each(patient)(
    'of processor time: not even by ignoring the signal is more to be had',
    async () => {
      await start({ cpuTime: 1_000 });
      const { death } = await python.death(
        'import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass',
      );
      expect(death).toMatchObject({ cause: 'cpu-limit', signal: 'SIGKILL' });
    },
  );

  it.runIf(existsSync('/proc'))(
    'of processes: a fork bomb is ended with all that it started',
    async () => {
      await start({ processes: 20 });
      const before = await python.returned(`import os; fujian_return = ${CHILDREN}`);
      const { death } = await python.death(
        'import os, time\nfor _ in range(200):\n  if os.fork() == 0: time.sleep(1000)\ntime.sleep(1000)',
      );
      expect(death).toMatchObject({
        cause: 'process-limit',
        reason: 'started more processes than the 20 that it may have, and was killed',
      });
      // The supervisor reaps the killed processes, until only its sessions are left.
      await python.run(`import os\nwhile ${CHILDREN} > ${before}: pass`);
    },
  );

  it.runIf(existsSync('/proc'))(
    'of processes: those that have become a session of their own are ended as well',
    async () => {
      await start({ processes: 5 });
      const before = await python.returned(`import os; fujian_return = ${CHILDREN}`);
      const { death } = await python.death(
        `import subprocess, time
for _ in range(10): subprocess.Popen(["sleep", "1000"], start_new_session=True)
time.sleep(1000)`,
      );
      expect(death.cause).toBe('process-limit');
      await python.run(`import os\nwhile ${CHILDREN} > ${before}: pass`);
    },
  );

  it('of processes: those that fit are let live', async () => {
    await start({ processes: 5 });
    expect(
      await python.returned(
        'import subprocess; fujian_return = [subprocess.run(["sleep", "0.2"]).returncode for _ in range(2)]',
      ),
    ).toBe('[0, 0]');
  });

  it('of file size: a write beyond it is an OSError, and pipes are no files', async () => {
    await start({ fileSize: MB });
    const folder = mkdtempSync(join(tmpdir(), 'fujian-limits-'));
    try {
      const { stdout, error } = await python.execute(
        `print("x" * (2 << 20), end="")
with open(${JSON.stringify(join(folder, 'file'))}, "wb", buffering=0) as file:
  for _ in range(3): file.write(bytes(1 << 19))`,
      );
      expect(stdout.length).toBe(2 * MB);
      expect(error).toMatchObject({ type: 'OSError', value: '[Errno 27] File too large' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of open files: one more is an OSError, and the next execution runs', async () => {
    await start({ openFiles: 32 });
    const { error } = await python.execute('files = [open("/dev/null") for _ in range(100)]');
    expect(error).toMatchObject({ type: 'OSError', value: expect.stringContaining('Errno 24') });
    expect(await python.printed('print("alive"); import os; os.system("echo too")')).toBe(
      'alive\ntoo\n',
    );
  });
});

describe.each(pythons())('limits of all sessions in Python $version', ({ path }) => {
  let python: TestPython;

  const start = async (options: ExecutionOptions) => {
    python = await TestPython.start({ python: path, ...options });
  };
  afterEach(() => python.close());

  it('of processes: what forks of the session begin as is not its own', async () => {
    await start({ limits: { processes: 1 } });
    for (let round = 0; round < times(4, 20); round++) {
      const executions = Array.from({ length: 10 }, (_, n) =>
        python.execute(`fujian_return = ${n}`, { isolated: true }),
      );
      const returned = (await Promise.all(executions)).map((result) => result.return);
      expect(returned).toEqual(executions.map((_, n) => String(n)));
      const { session } = await python.service.fork('main', { id: `fork-${round}` });
      await python.service.close(session.id);
    }
    expect(python.service.generation).toBe(1);
    const { death } = await python.death('import os, time\nos.fork()\ntime.sleep(1000)');
    expect(death.cause).toBe('process-limit');
  });

  it('of output: it is cut with a notice', async () => {
    await start({ outputLimit: 1_000 });
    const { stdout } = await python.run('print("x" * 5_000)');
    expect(stdout).toBe(
      `${'x'.repeat(1_000)}\n[fujian: output cut here after 1000 bytes, 4001 more were dropped; FUJIAN_OUTPUT_LIMIT sets the limit]\n`,
    );
  });

  it('of the queue: what does not fit is refused, and the rest runs', async () => {
    await start({ queueLimit: 3 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) => python.returned(`fujian_return = ${n}`)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 3 }, () => 'fulfilled'),
      ...Array.from({ length: 2 }, () => 'rejected'),
    ]);
    expect(outcomes[4]).toMatchObject({ reason: { code: 'FUJIAN_QUEUE_FULL', limit: 3 } });
  });

  it('are off by default', async () => {
    await start({});
    expect(
      await python.returned(
        `import resource as r
kinds = r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE
fujian_return = {r.getrlimit(kind)[0] == r.getrlimit(kind)[1] for kind in kinds}`,
      ),
    ).toBe('{True}');
  });
});
