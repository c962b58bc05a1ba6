import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/execution/sessions/connection.js';
import type { PythonSession } from '../../src/execution/sessions/python-session.js';
import { Checkpoint } from '../support/checkpoint.js';
import { anyPython } from '../support/pythons.js';
import { TestPython } from '../support/python.js';

/** Longer than any exit function here takes, even on a busy machine. */
const PATIENT = 60_000;

/** A program that leaves files behind at its end, in the current directory. */
const PROGRAM = `
import atexit, os, sys, tempfile, threading, time, weakref, zipfile
kept = tempfile.TemporaryDirectory(dir=".")
order = open("order", "w")
def say(word):
    order.write(word + " ")
atexit.register(say, "atexit")
weakref.finalize(say, say, "finalize")
unflushed = open("unflushed", "w")
unflushed.write("text")
archive = zipfile.ZipFile("archive.zip", "w")
archive.writestr("member", "text")
class Node:
    def __del__(self):
        self.file.write("and the destructor of a cycle")
        print("destroyed", file=self.file)
node = Node()
node.itself, node.file = node, open("cycle", "w")
del node
sys.path.insert(0, ".")
with open("of_module.py", "w") as source:
    source.write("file = open('by-module', 'w'); file.write('text')")
import of_module
def work(event=threading.Event()):
    event.wait(0.05)
    say("thread")
threading.Thread(target=work).start()
`;

/** Returns the names and contents of files. Archives differ by their time. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name !== '__pycache__');
  return Object.fromEntries(
    names.sort().map((name) => {
      const bytes = readFileSync(join(folder, name));
      return [name, name.endsWith('.zip') ? `${bytes.length} bytes` : bytes.toString()];
    }),
  );
}

describe.each(['fork', 'spawn'] as const)('a session that starts by %s', (start) => {
  let python: TestPython;
  let folder: string;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    python = await TestPython.start({ start, exitGrace: PATIENT });
  });
  afterAll(() => python.close());
  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'fujian-endings-')));
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => {
    checkpoint.tearDown();
    rmSync(folder, { recursive: true });
  });

  const create = () => python.service.createSession({ cwd: folder });

  async function run(session: Pick<PythonSession, 'execute'>, code: string): Promise<void> {
    const { error } = await session.execute(code);
    if (error) throw new Error(error.traceback);
  }

  /** Registers an exit function that writes a file, and runs this before it. */
  const atExit = (code: string) => `
import atexit, os
atexit.register(lambda: open("ended", "w").write("by its exit function"))
@atexit.register
def exits():
    ${code}
`;

  describe('ends like a program', () => {
    it.each<[string, (session: PythonSession) => Promise<unknown>]>([
      ['closed', (session) => python.service.close(session.id)],
      ['restarted', (session) => session.restart()],
    ])('when it is %s', async (_, end) => {
      const session = await create();
      await run(session, PROGRAM);
      await end(session);
      const ended = contents(folder);
      await python.service.close(session.id).catch(() => undefined);

      rmSync(folder, { recursive: true });
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'fujian-endings-')));
      execFileSync(anyPython().path, ['-c', PROGRAM], { cwd: folder });
      expect(ended).toEqual(contents(folder));
      expect(ended).toMatchObject({ unflushed: 'text', order: 'thread atexit finalize ' });
    });

    it('when the service stops', async () => {
      const stopped = await TestPython.start({ start, cwd: folder, exitGrace: PATIENT });
      await run(stopped, PROGRAM);
      await stopped.close();
      expect(contents(folder)).toMatchObject({
        unflushed: 'text',
        order: 'thread atexit finalize ',
      });
    });

    it('with its tasks cancelled', async () => {
      const session = await create();
      await session.execute(
        `
import asyncio
async def serve():
    try:
        await asyncio.sleep(600)
    finally:
        open("task", "w").write("finally")
task = asyncio.create_task(serve())
await asyncio.sleep(0)`,
        { interactive: true },
      );
      await python.service.close(session.id);
      expect(contents(folder)).toEqual({ task: 'finally' });
    });

    it('with the values that it keeps for callers', async () => {
      const session = await create();
      using held = await session.hold('builtins:open', ['held', 'w']);
      await held.call('write', ['text']);
      await session.execute('open("shown", "w")', { interactive: true });
      await session.execute('_.write("text")', { interactive: true });
      await python.service.close(session.id);
      expect(contents(folder)).toEqual({ held: 'text', shown: 'text' });
    });

    it('and what it prints and pushes meanwhile goes to its connections', async () => {
      const session = await create();
      const heard: string[] = [];
      const connection: Connection = session.connect({
        pushed: (message) => void heard.push(String(message)),
        printedBetweenRuns: ({ stdout, stderr }) => void heard.push(stdout + stderr),
        interpreterDied: () => undefined,
        sessionClosed: () => undefined,
      });
      await run(session, atExit(`print("printed"); FUJIAN_WS.write_message("pushed")`));
      await python.service.close(session.id);
      connection.close();
      expect(heard.join('')).toContain('printed');
      expect(heard).toContain('pushed');
    });
  });

  describe('hurts nobody by an exit function that', () => {
    it.each([
      ['raises', 'raise ValueError("at the exit")'],
      ['raises SystemExit', 'raise SystemExit(3)'],
      ['forks', 'os.fork()'],
      ['closes every descriptor', 'os.closerange(0, 1000)'],
      ['replaces what Python consists of', 'import builtins; builtins.open = __builtins__.open'],
      ['asks for input', 'try: input("?")\n    except EOFError: pass'],
    ])('%s: the next ones run', async (_, code) => {
      const session = await create();
      await run(session, atExit(code));
      await python.service.close(session.id);
      expect(contents(folder)).toMatchObject({ ended: 'by its exit function' });
      expect(await python.returned('fujian_return = "fine"')).toBe('fine');
    });

    it.each([
      ['exits', 'os._exit(3)'],
      ['kills its process', 'os.kill(os.getpid(), 9)'],
      ['crashes', 'import ctypes; ctypes.string_at(0)'],
    ])('%s', async (_, code) => {
      const session = await create();
      await run(session, atExit(code));
      await session.restart();
      expect(session.generation).toBe(2);
      await run(session, 'pass');
      await python.service.close(session.id);
      expect(await python.returned('fujian_return = "fine"')).toBe('fine');
    });

    it('hangs: the grace ends it', async () => {
      const hasty = await TestPython.start({ start, exitGrace: 100 });
      const session = await hasty.service.createSession({ cwd: folder });
      await run(session, atExit('import time; time.sleep(600)'));
      await hasty.service.close(session.id);
      await run(hasty, 'import threading; threading.Thread(target=threading.Event().wait).start()');
      await hasty.close();
      expect(contents(folder)).toEqual({});
    });
  });

  describe('ends at once', () => {
    it.each<[string, (session: PythonSession) => Promise<unknown>]>([
      ['closed', (session) => python.service.close(session.id)],
      ['restarted', (session) => session.restart()],
    ])('when it is %s while code runs', async (_, end) => {
      const session = await create();
      await run(session, atExit('pass'));
      const running = session.execute(checkpoint.pass()).catch((error: unknown) => error);
      await checkpoint.arrival();
      await end(session);
      expect(await running).toMatchObject({ code: 'FUJIAN_INTERPRETER_DIED' });
      expect(contents(folder)).toEqual({});
      await python.service.close(session.id).catch(() => undefined);
    });

    it('when it has no time for more', async () => {
      const hasty = await TestPython.start({ start, cwd: folder, exitGrace: 0 });
      await run(hasty, atExit('pass'));
      await hasty.close();
      expect(contents(folder)).toEqual({});
    });
  });

  it('that is a fork runs its own exit functions, and its parent all of the others', async () => {
    const session = await create();
    await run(session, atExit('open("of-parent", "a").write(f"{os.getpid()} ")'));
    const pid = (await session.info()).pid;
    const { session: fork } = await python.service.fork(session.id);
    await run(fork, 'atexit.register(lambda: open("of-fork", "w").write("ran"))');
    await session.execute('atexit.register(print, "isolated")', { isolated: true });
    await python.service.close(fork.id);
    expect(contents(folder)).toEqual({ 'of-fork': 'ran' });
    await python.service.close(session.id);
    expect(contents(folder)).toMatchObject({ 'of-parent': `${pid} ` });
  });
});
