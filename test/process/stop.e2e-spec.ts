import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { requireOrSkip } from '../support/requirement.js';
import { TestSocket } from '../support/test-socket.js';
import { Checkpoint } from '../support/checkpoint.js';
import { begin, clearUpLaunches, launch } from './launches.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { type ServiceProcess } from './service-process.js';

const CLEANLY = { code: 0, signal: null };

/** Python code that starts a daemon: a process without its parent, session and process group. */
const DAEMON = `
import os
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(write, str(os.getpid()).encode())
        os.closerange(0, 3)
        os.execvp('sleep', ['sleep', '600'])  # closes the pipe
    os._exit(0)
os.wait()
os.close(write)
fujian_return = open(read).read()
`;

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('a service that is stopped', () => {
  clearUpLaunches();
  let checkpoint: Checkpoint;
  const directory = mkdtempSync(join(tmpdir(), 'fujian-stop-'));

  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Returns settings with a temporary directory that the test can inspect. */
  function ownTemporaryDirectory(): { settings: Record<string, string>; files: () => string[] } {
    const TMPDIR = mkdtempSync(join(directory, 'tmp-'));
    return { settings: { TMPDIR }, files: () => readdirSync(TMPDIR) };
  }

  describe.each(['SIGTERM', 'SIGINT'] as const)('with %s', (signal) => {
    it('ends with 0, and leaves no process and no file', async () => {
      const { settings, files } = ownTemporaryDirectory();
      const service = await launch({ settings });
      await service.run('import subprocess; subprocess.Popen(["sleep", "600"])');
      // The service, the session and its child. An ordinary user cannot look into the supervisor.
      expect(service.processes().length).toBeGreaterThanOrEqual(3);
      expect(files()).not.toEqual([]);

      expect(await service.stop(signal)).toEqual(CLEANLY);
      await service.gone();
      expect(files()).toEqual([]);
      expect(service.stderr).toBe('');
    });

    it('answers what runs and what waits, or refuses it', async () => {
      const service = await launch({ settings: { FUJIAN_QUEUE_LIMIT: '50' } });
      const first = service.post(`${checkpoint.pass()}; print("finished")`);
      const arrival = await checkpoint.arrival();
      // Where 49 may wait, 10 of 59 come back at once: then the others have all come in.
      const tenRefused = new Gathering(10);
      const others = Array.from({ length: 59 }, async (_, index) => {
        const answer = await service.post(`fujian_return = ${index}`);
        if (answer.reply['code'] === 'FUJIAN_QUEUE_FULL') tenRefused.add();
        return { index, ...answer };
      });
      await tenRefused.complete;
      service.signal(signal);
      await service.takesNoMoreConnections();
      arrival.letThrough();

      expect(await first).toMatchObject({ status: 200, reply: { stdout: 'finished\n' } });
      const refused = [];
      for (const { index, status, reply } of await Promise.all(others)) {
        if (status === 200) expect(reply['return']).toBe(String(index));
        else refused.push(reply['code']);
      }
      expect(new Set(refused)).toEqual(new Set(['FUJIAN_QUEUE_FULL', 'FUJIAN_SHUTTING_DOWN']));
      expect(await service.ended).toEqual(CLEANLY);
      expect(service.stderr).toBe('');
    });

    it('sends a long answer to its end', async () => {
      const service = await launch();
      const answer = service.post(`${checkpoint.pass()}; print("x" * 50_000_000)`);
      const arrival = await checkpoint.arrival();
      service.signal(signal);
      await service.takesNoMoreConnections();
      arrival.letThrough();

      expect((await answer).reply['stdout']).toHaveLength(50_000_001);
      expect(await service.ended).toEqual(CLEANLY);
    });

    it('interrupts what does not end', async () => {
      const service = await launch({ settings: { FUJIAN_SHUTDOWN_GRACE: '10ms' } });
      const answer = service.post(`print("before"); ${checkpoint.pass()}`);
      await checkpoint.arrival();
      service.signal(signal);

      const { status, reply } = await answer;
      expect([status, reply['code']]).toEqual([503, 'FUJIAN_SHUTTING_DOWN']);
      expect(await service.ended).toEqual(CLEANLY);
      await service.gone();
    });

    it('answers WebSockets, then tells them that it goes: 1001', async () => {
      const service = await launch();
      const [busy, idle] = await Promise.all([openSocket(service), openSocket(service)]);
      busy.send(`${checkpoint.pass()}; fujian_return = "finished"`);
      const arrival = await checkpoint.arrival();
      service.signal(signal);
      await service.takesNoMoreConnections();
      arrival.letThrough();

      expect((await busy.nextReply()).return).toBe('finished');
      expect(await Promise.all([busy.closed, idle.closed])).toEqual([1001, 1001]);
      expect(await service.ended).toEqual(CLEANLY);
    });

    it('does not wait for clients that keep a connection open and say nothing', async () => {
      const service = await launch();
      const silent = connect(service.port, '127.0.0.1').on('error', () => undefined);
      await once(silent, 'connect');

      expect(await service.stop(signal)).toEqual(CLEANLY);
      silent.destroy();
    });
  });

  it('ends at once with the second signal that somebody sends, and leaves no process', async () => {
    const service = await launch();
    const answer = lost(
      service.post(
        `import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n${checkpoint.pass()}`,
      ),
    );
    await checkpoint.arrival();
    service.signal('SIGTERM');
    // A signal within half a second is the same Ctrl-C, passed on by npm or nest.
    const again = setInterval(() => service.signal('SIGTERM'), 100);
    const ending = await service.ended;
    clearInterval(again);

    expect(ending).toEqual({ code: 1, signal: null });
    expect(await answer).toBe(true);
    await service.gone();
  });

  it('ends with 0 after one Ctrl-C that comes to it twice', async () => {
    const service = await launch();
    const answer = service.post(`${checkpoint.pass()}; print("finished")`);
    const arrival = await checkpoint.arrival();
    service.signalGroup('SIGINT');
    service.signal('SIGINT');
    await service.takesNoMoreConnections();
    arrival.letThrough();

    expect((await answer).status).toBe(200);
    expect(await service.ended).toEqual(CLEANLY);
  });

  it('lets Python code not hear the Ctrl-C that is meant for the service', async () => {
    const service = await launch();
    const answer = service.post(`${checkpoint.pass()}; print("undisturbed")`);
    const arrival = await checkpoint.arrival();
    service.signalGroup('SIGINT');
    await service.takesNoMoreConnections();
    arrival.letThrough();

    expect((await answer).reply).toEqual({ stdout: 'undisturbed\n', stderr: '', return: '' });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGHUP', 'SIGQUIT'] as const)(
    'with %s leaves no daemon that Python code has started',
    async (signal) => {
      const service = await launch();
      const daemon = await service.run(DAEMON);
      expect(service.processes()).toContainEqual(expect.stringMatching(`^${daemon} sleep 600`));

      await service.stop(signal);
      await service.gone();
    },
  );

  it('with SIGKILL leaves no process, though code runs that hears no signal', async () => {
    const service = await launch();
    const answer = lost(
      service.post(`import signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
${checkpoint.pass()}`),
    );
    await checkpoint.arrival();
    await service.stop('SIGKILL');

    expect(await answer).toBe(true);
    await service.gone();
  });

  it('while it starts, leaves no process', async () => {
    const startup = join(directory, 'startup.py');
    writeFileSync(startup, checkpoint.pass());
    const service = begin({ settings: { FUJIAN_STARTUP: startup } });
    await checkpoint.arrival();

    service.signal('SIGTERM');
    await service.ended;
    await service.gone();
  });
});

async function openSocket({ port }: ServiceProcess): Promise<TestSocket> {
  return TestSocket.open(new WebSocket(`ws://127.0.0.1:${port}/websocket/`));
}

/** Returns whether a request ends without an answer. */
function lost(answer: Promise<unknown>): Promise<boolean> {
  return answer.then(
    () => false,
    () => true,
  );
}

/** Waits until an event has happened this number of times. */
class Gathering {
  private finish!: () => void;
  readonly complete = new Promise<void>((resolve) => (this.finish = resolve));

  constructor(private missing: number) {}

  add(): void {
    this.missing -= 1;
    if (this.missing === 0) this.finish();
  }
}
