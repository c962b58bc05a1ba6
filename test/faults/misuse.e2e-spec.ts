import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { IS_ROOT } from '../support/ordinary-user.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { requireOrSkip } from '../support/requirement.js';
import { FaultTable, type Subject, type Tally, thisProcess } from './fault-table.js';

/** Milliseconds for code that does not end by itself. */
const TIMEOUT = 500;
const LIMITS = { memory: 256 * 1024 * 1024, processes: 16, openFiles: 256 };

const REPLACED = (module: string, names: string) =>
  `import builtins, os\nfor name in "${names}".split(): setattr(${module}, name, None)`;

/** Takes the sockets of another process, as a debugger would: only root may, from the supervisor. */
const TAKE_SOCKETS = `import ctypes, os, socket, stat
libc = ctypes.CDLL(None, use_errno=True)
def take_sockets(pid):
    pidfd = libc.syscall(434, pid, 0)
    for number in map(int, os.listdir(f"/proc/{pid}/fd")):
        taken = libc.syscall(438, pidfd, number, 0)
        if taken >= 0:
            if stat.S_ISSOCK(os.fstat(taken).st_mode): yield taken
            else: os.close(taken)
    os.close(pidfd)`;

const RUNTIME_DIRECTORIES = `import glob, os, shutil, socket, tempfile
directories = glob.glob(tempfile.gettempdir() + "/fujian-runtime-*")`;

/** Whether this user may raise limits that were lowered: the capability SYS_RESOURCE. */
function mayRaiseLimits(): boolean {
  if (!CAN_LOOK_AT_PROCESSES) return false;
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, capabilities = '0'] = /^CapEff:\s*(\w+)$/m.exec(status) ?? [];
  return ((BigInt(`0x${capabilities}`) >> 24n) & 1n) === 1n;
}

interface Misuse {
  readonly name: string;
  readonly code: string;
  /** Code that follows in the same session, for misuse that shows later. */
  readonly afterwards?: string;
  /** The supervisor ends, and every session with it. */
  readonly endsSupervisor?: boolean;
}

const MISUSES: readonly Misuse[] = [
  {
    name: 'kills the supervisor',
    code: 'import os; os.kill(os.getppid(), 9)',
    endsSupervisor: true,
  },
  {
    name: 'stops the supervisor',
    code: 'import os, signal; os.kill(os.getppid(), signal.SIGSTOP)',
  },
  {
    name: 'sends the supervisor other signals',
    code: 'import os, signal\nfor one in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD): os.kill(os.getppid(), one)',
  },
  {
    name: 'lowers the limits of the supervisor',
    code: `import os, resource
for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
    _, hard = resource.prlimit(os.getppid(), kind)
    resource.prlimit(os.getppid(), kind, (3, hard))`,
  },
  {
    name: 'lowers the limits of the supervisor for good',
    code: 'import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (3, 3))',
    endsSupervisor: !mayRaiseLimits(),
  },
  {
    name: 'traces the supervisor',
    code: 'import ctypes, os\nctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)\nwhile True: pass',
  },
  {
    name: 'forges frames of the supervisor',
    code: `${TAKE_SOCKETS}\nfor one in take_sockets(os.getppid()): os.write(one, b"\\xff" * 64)`,
    endsSupervisor: IS_ROOT,
  },
  {
    name: 'forges frames of its own',
    code: `import os, stat
for fd in map(int, os.listdir("/proc/self/fd")):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b"\\x02\\0\\0\\0\\x41?")
    except OSError: pass
while True: pass`,
  },
  {
    name: 'claims to be another process',
    code: 'import os; os.getpid = lambda: 1',
    afterwards: 'import os; os.getpid()',
  },
  { name: 'replaces builtins', code: REPLACED('builtins', 'len str print isinstance open') },
  {
    name: 'deletes builtins',
    code: 'import builtins\nfor name in list(vars(builtins)):\n    if not name.startswith("__"): delattr(builtins, name)',
  },
  {
    name: 'replaces os',
    code: REPLACED('os', 'write read close fork getpid dup2 kill pipe'),
  },
  { name: 'empties sys.modules', code: 'import sys; sys.modules.clear()' },
  {
    name: 'replaces what the standard library is made of',
    code: 'import json, select, socket, struct, threading, time\njson.dumps = json.loads = select.poll = struct.pack = time.monotonic = threading.current_thread = socket.socket = None',
  },
  {
    name: 'deletes the temporary files',
    code: `${RUNTIME_DIRECTORIES}\nfor one in directories: shutil.rmtree(one)`,
  },
  {
    name: 'locks the runtime directory',
    code: `${RUNTIME_DIRECTORIES}\nfor one in directories: os.chmod(one, 0)`,
  },
  {
    name: 'replaces the socket of the service',
    code: `${RUNTIME_DIRECTORIES}
for one in directories:
    os.remove(one + "/channel")
    mine = socket.socket(socket.AF_UNIX); mine.bind(one + "/channel"); mine.listen()`,
  },
  {
    name: 'fills the runtime directory',
    code: `${RUNTIME_DIRECTORIES}
for one in directories:
    for number in range(500): open(f"{one}/main.{number}.out", "w").close()`,
  },
  {
    name: 'connects to the socket of the service',
    code: `${RUNTIME_DIRECTORIES}
for one in directories:
    for number in range(50):
        mine = socket.socket(socket.AF_UNIX); mine.connect(one + "/channel"); mine.send(b"\\xff" * number)`,
  },
  { name: 'closes every descriptor', code: 'import os; os.closerange(0, 4096)' },
  {
    name: 'uses up its descriptors',
    code: 'import os\nkept = []\nwhile True: kept.append(os.open("/dev/null", os.O_RDONLY))',
  },
  { name: 'uses up its memory', code: 'kept = []\nwhile True: kept.append(bytearray(1 << 20))' },
  { name: 'uses up its processes', code: 'import os\nwhile True: os.fork()' },
  {
    name: 'raises from signal handlers while idle',
    code: 'import signal; signal.signal(signal.SIGALRM, lambda *_: 1 / 0); signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)',
    afterwards: 'signal.setitimer(signal.ITIMER_REAL, 0)',
  },
  {
    name: 'raises from destructors',
    code: 'class Thing:\n    def __del__(self): raise SystemExit(3)\nkept = [Thing() for _ in range(100)]\nkept.clear()\ncycle = Thing(); cycle.me = cycle; del cycle',
    afterwards: 'import gc; gc.collect()',
  },
  {
    name: 'raises from hooks',
    code: 'import sys, threading\ndef hook(*_): raise KeyboardInterrupt\nsys.excepthook = sys.unraisablehook = sys.displayhook = threading.excepthook = hook\nthreading.Thread(target=lambda: 1 / 0).start()\n1 / 0',
  },
  {
    name: 'traces its own process',
    code: 'import sys, threading\ndef trace(*_): raise ValueError("traced")\nsys.settrace(trace); sys.setprofile(trace)',
  },
  {
    name: 'blocks all signals',
    code: 'import signal; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nwhile True: pass',
  },
  { name: 'stops itself', code: 'import os, signal; os.kill(os.getpid(), signal.SIGSTOP)' },
  { name: 'becomes another program', code: 'import os; os.execvp("sleep", ["sleep", "1000"])' },
  {
    name: 'leaves orphans that hold its output',
    code: 'import os\nif os.fork() == 0:\n    os.setpgid(0, 0)\n    if os.fork() == 0:\n        import time; time.sleep(1000)\n    os._exit(0)',
  },
  {
    name: 'recurses without end',
    code: 'import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()',
  },
  {
    name: 'prints control characters without end',
    code: 'import os\nwhile True: os.write(1, b"\\0\\x1b" * 32768)',
  },
];

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('a session that', () => {
  const table = new FaultTable('Misuse');
  let directory: string;
  let python: TestPython;
  let self: Subject;

  beforeAll(async () => {
    self = thisProcess();
    directory = mkdtempSync(join(tmpdir(), 'misuse-'));
    vi.stubEnv('TMPDIR', directory);
    python = await TestPython.start({ interruptGrace: 300 });
    await python.run('pass');
  });
  afterAll(async () => {
    await python.close();
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });

  /** Counts an execution by the outcome that a client gets. */
  const ask = (tally: Tally, session: PythonSession, code: string, timeout = 0) =>
    tally.ask(session.execute(code, { timeout }));

  it.each(MISUSES)(
    '$name hurts nobody else',
    async ({ name, code, afterwards, endsSupervisor }) => {
      let isLost = false;
      await table.inject(name, self, async (tally) => {
        const neighbour = await python.service.createSession();
        const hostile = await python.service.createSession({ limits: LIMITS });
        await neighbour.execute('number = 0');
        const over = new AbortController();
        let answered = 0;
        const count = async (): Promise<void> => {
          const outcome = await ask(tally, neighbour, 'number += 1\nfujian_return = number');
          if (!('return' in outcome) || outcome.error) isLost = true;
          else if (!isLost) expect(outcome.return).toBe(String((answered += 1)));
        };
        const load = async (): Promise<void> => {
          while (!over.signal.aborted) await count();
        };
        await count();
        const underLoad = load();
        await ask(tally, hostile, code, TIMEOUT);
        await ask(tally, hostile, afterwards ?? 'pass', TIMEOUT);
        const forked = await python.service.fork(hostile.id).catch(() => undefined);
        if (forked) await python.service.close(forked.session.id);
        await python.service.close(hostile.id);
        // What takes its place, and every later session, works.
        const next = await python.service.createSession();
        expect((await next.execute('print(1)')).stdout).toBe('1\n');
        await python.service.close(next.id);
        over.abort();
        await underLoad;
        await python.service.close(neighbour.id);
      });
      expect(isLost).toBe(endsSupervisor ?? false);
    },
  );

  it('as all of them leaves nothing', () => table.total(self));
});
