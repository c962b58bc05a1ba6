import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ServiceProcess } from '../process/service-process.js';
import { Checkpoint } from '../support/checkpoint.js';
import { CAN_LOOK_AT_PROCESSES } from '../support/processes.js';
import { TestPython } from '../support/python.js';
import { HANDSHAKE, post, RawConnection } from '../support/raw-connection.js';
import { requireOrSkip } from '../support/requirement.js';
import { StoppedTimers } from '../support/stopped-timers.js';
import type { FujianReply } from '../../src/protocols/fujian/fujian-reply.js';
import { type Answer, TestService } from '../support/service.js';
import { TestSocket } from '../support/test-socket.js';
import { FaultTable, rounds, type Tally, thisProcess } from './fault-table.js';

const MEGABYTE = 1024 * 1024;
/** Milliseconds, of which nothing is waited. */
const DEADLINE = 60_000;
const LAST_OF_ITS_CONNECTION = [['Connection', 'close']] as const;

describe.runIf(requireOrSkip('/proc', CAN_LOOK_AT_PROCESSES))('clients', () => {
  const table = new FaultTable('Clients');
  let service: ServiceProcess;
  let checkpoint: Checkpoint;

  beforeAll(async () => {
    service = await started();
    await over(service).run('pass');
  });
  afterAll(() => service.dispose());
  beforeEach(async () => {
    checkpoint = await Checkpoint.build();
  });
  afterEach(() => checkpoint.tearDown());

  /** Checks that another client is served all the same. */
  function neighbour(tally: Tally): Promise<Answer> {
    return tally.askHttp(over(service).run('fujian_return = "unharmed"'));
  }

  it('that leave during an execution do not disturb others', async () => {
    const reasons = await table.inject('disconnect mid-run', service, async (tally) => {
      const waits = `${checkpoint.pass()}; mark = "ran to its end"`;
      const leaving = await RawConnection.open(service.port);
      leaving.request(post(waits));
      const first = await checkpoint.arrival();
      leaving.close();
      const socket = await over(service).socket();
      socket.send(waits);
      const asked = neighbour(tally);
      first.letThrough();
      const second = await checkpoint.arrival();
      socket.terminate();
      await socket.closed;
      second.letThrough();
      expect((await asked).json.return).toBe('unharmed');
      const { json } = await tally.askHttp(over(service).run('fujian_return = mark'));
      expect(json.return).toBe('ran to its end');
    });
    expect(reasons).toEqual({});
  });

  it('that send no more, but still listen, are answered', async () => {
    await table.inject('half-open sockets', service, async (tally) => {
      const halves = await Promise.all(
        Array.from({ length: 20 }, () => RawConnection.open(service.port)),
      );
      for (const half of halves) {
        half.request(post('fujian_return = 1'));
        half.finish();
      }
      await Promise.all(halves.map((half) => tally.askHttp(half.answer())));
      await Promise.all(halves.map((half) => half.closed));
    });
  });

  it('that stop in the middle of a request do not hold up others', async () => {
    await table.inject('requests that never end', service, async (tally) => {
      const stuck = await Promise.all(
        Array.from({ length: 20 }, () => RawConnection.open(service.port)),
      );
      stuck.forEach((one, number) => {
        one.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n');
        if (number % 2 === 0) one.send('\r\nfujian_return');
      });
      await neighbour(tally);
      for (const one of stuck) one.close();
    });
  });

  it('that read slowly do not slow down others, and get the whole answer', async () => {
    await table.inject('slow readers', service, async (tally) => {
      const slow = await RawConnection.open(service.port);
      slow.socket.pause();
      slow.request(post(`print("x" * ${20 * MEGABYTE})`, LAST_OF_ITS_CONNECTION));
      await neighbour(tally);
      // Python waits for the client that it pushes to, so this one comes last.
      const socket = await over(service).socket();
      socket.socket.pause();
      socket.send(
        `${checkpoint.pass()}; FUJIAN_WS.write_message("y")
for _ in range(99): FUJIAN_WS.write_message("y" * 100_000)`,
      );
      (await checkpoint.arrival()).letThrough();
      slow.socket.resume();
      socket.socket.resume();
      const { json } = await tally.askHttp(slow.answer());
      expect(json.stdout).toHaveLength(20 * MEGABYTE + 1);
      for (let message = 0; message < 100; message++) {
        await tally.count(socket.next(), () => undefined);
      }
      socket.socket.close();
      await Promise.all([socket.closed, slow.closed]);
    });
  });

  it('that do not read keep no code from being interrupted', async () => {
    const self = thisProcess();
    const timers = new StoppedTimers();
    const timed = await TestService.start({ timeout: DEADLINE, interruptGrace: 60_000 });
    const { return: pid } = await timed.run('import os; kept = 1; fujian_return = os.getpid()');
    await (await timed.openSocket()).run('fujian_return = kept');
    const reasons = await table.inject('slow reader, deadline', self, async (tally) => {
      const socket = await timed.connect();
      socket.socket.pause();
      socket.send(`${checkpoint.pass()}\nwhile True: FUJIAN_WS.write_message("y" * 100_000)`);
      (await checkpoint.arrival()).letThrough();
      await untilItWaits(Number(pid));
      const waiting = RawConnection.open(timed.port).then(async (connection) => {
        connection.request(post('fujian_return = kept', LAST_OF_ITS_CONNECTION));
        const answer = await connection.answer();
        await connection.closed;
        return answer;
      });
      timers.end(DEADLINE);
      expect((await tally.askHttp(waiting)).json.return).toBe('1');
      socket.socket.resume();
      const last = async () => {
        for (;;) {
          const message = await socket.nextText();
          if (message.startsWith('{')) return JSON.parse(message) as FujianReply;
        }
      };
      await tally.count(last(), ({ traceback }) => traceback?.trimEnd().split('\n').at(-1));
      socket.socket.close();
      await socket.closed;
    });
    await timed.close();
    expect(reasons).toEqual({
      [`ExecutionTimeoutError: the code did not finish within ${DEADLINE} ms and was interrupted`]: 1,
    });
  });

  it('that send too much get an error', async () => {
    const reasons = await table.inject('oversized bodies and frames', service, async (tally) => {
      const large = 'x'.repeat(10 * MEGABYTE + 1);
      const connection = await RawConnection.open(service.port);
      connection.request(post(large));
      await tally.askHttp(connection.answer());
      connection.close();
      const sendsFirst = await RawConnection.open(service.port);
      sendsFirst.socket.pause();
      sendsFirst.request(post(large, LAST_OF_ITS_CONNECTION));
      if (sendsFirst.socket.writableNeedDrain) await once(sendsFirst.socket, 'drain');
      sendsFirst.socket.resume();
      await tally.askHttp(sendsFirst.answer());
      await sendsFirst.closed;
      const socket = await over(service).socket();
      socket.send(large);
      await tally.count(socket.closed, String);
      await neighbour(tally);
    });
    expect(reasons).toEqual({ '413 FUJIAN_BODY_TOO_LARGE': 2, '1009': 1 });
  });

  it('that do not wait for answers get them in order', async () => {
    await table.inject('200 pipelined requests', service, async (tally) => {
      const connection = await RawConnection.open(service.port);
      for (let n = 0; n < 200; n++) {
        connection.request(post(`fujian_return = ${n}`, n === 199 ? LAST_OF_ITS_CONNECTION : []));
      }
      for (let n = 0; n < 200; n++) {
        expect((await tally.askHttp(connection.answer())).json.return).toBe(String(n));
      }
      await connection.closed;
    });
  });

  it('that send binary frames have them run', async () => {
    await table.inject('binary frames', service, async (tally) => {
      const socket = await over(service).socket();
      socket.send(Buffer.from('fujian_return = "binary"'));
      const reply = await tally.count(socket.nextReply(), ({ traceback }) => traceback);
      expect(reply.return).toBe('binary');
      socket.send(Buffer.of(0xff, 0xfe));
      await tally.count(socket.nextReply(), () => 'not valid UTF-8, nothing was run');
      socket.socket.close();
      await socket.closed;
    });
  });

  it('that send invalid UTF-8 as text are told so: 1007', async () => {
    const reasons = await table.inject('invalid UTF-8 frames', service, async (tally) => {
      const raw = await RawConnection.open(service.port);
      raw.request({
        method: 'GET',
        target: '/websocket/',
        headers: [['Host', 'localhost'], ...HANDSHAKE],
      });
      await raw.answer('HEAD');
      raw.send(Buffer.of(0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe));
      const goodbye = raw.rest().then((frame) => frame.readUInt16BE(2));
      raw.finish();
      await tally.count(goodbye, String);
      await neighbour(tally);
    });
    expect(reasons).toEqual({ '1007': 1 });
  });

  it('that are idle, even very many, do not affect others', async () => {
    const length = rounds(100, 500);
    await table.inject(`${length} idle sockets`, service, async (tally) => {
      const idle = await Promise.all(Array.from({ length }, () => over(service).socket()));
      await Promise.all(Array.from({ length: 50 }, () => neighbour(tally)));
      for (const socket of idle) {
        socket.send('fujian_return = 1');
        await tally.count(socket.nextReply(), ({ traceback }) => traceback);
        socket.socket.close();
      }
      await Promise.all(idle.map((socket) => socket.closed));
    });
  });

  it('lose no answer when the supervisor dies under load', async () => {
    const reasons = await table.inject('supervisor death under load', service, async (tally) => {
      const { json } = await over(service).run('import os; fujian_return = os.getppid()');
      const running = tally.askHttp(over(service).run(`${checkpoint.pass()}\nwhile True: pass`));
      const { letThrough } = await checkpoint.arrival();
      const connections = await Promise.all(
        Array.from({ length: 100 }, () => RawConnection.open(service.port)),
      );
      for (const connection of connections) connection.request(post('pass'));
      letThrough();
      process.kill(Number(json.return), 'SIGKILL');
      const load = connections.map(async (connection) => {
        const answer = await tally.askHttp(connection.answer());
        connection.close();
        return answer;
      });
      await Promise.all([running, ...load]);
      await neighbour(tally);
    });
    for (const reason of Object.keys(reasons)) {
      expect(reason).toMatch(/^500 .*its supervisor process ended \(killed by SIGKILL\)\./);
    }
  });

  it('have left nothing behind', () => table.total(service));

  it('with work in flight are answered or refused when the service stops', async () => {
    const stopping = await started({ FUJIAN_QUEUE_LIMIT: '50' });
    const reasons = await table.inject('shutdown with work in flight', stopping, async (tally) => {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => over(stopping).socket()));
      const running = tally.askHttp(
        over(stopping).run(`${checkpoint.pass()}; fujian_return = "finished"`),
      );
      const { letThrough } = await checkpoint.arrival();
      // Where 49 may wait, 10 of 59 come back at once: then the others have all come in.
      let comeBack = 0;
      let allCameIn = (): void => undefined;
      const cameIn = new Promise<void>((resolve) => (allCameIn = resolve));
      const waiting = Array.from({ length: 59 }, async () => {
        const answer = await tally.askHttp(over(stopping).run('pass'));
        if (answer.json.code === 'FUJIAN_QUEUE_FULL' && (comeBack += 1) === 10) allCameIn();
      });
      await cameIn;
      stopping.signal('SIGTERM');
      await stopping.takesNoMoreConnections();
      letThrough();
      expect((await running).json.return).toBe('finished');
      await Promise.all(waiting);
      for (const socket of sockets) await tally.count(socket.closed, String);
      expect(await stopping.ended).toEqual({ code: 0, signal: null });
    });
    await stopping.dispose();
    const { '503 FUJIAN_SHUTTING_DOWN': refused, ...others } = reasons;
    expect(refused).toBeGreaterThan(0);
    expect(others).toEqual({ '503 FUJIAN_QUEUE_FULL': 10, '1001': 10 });
  });

  it('are told in one sentence that a port is in use', async () => {
    const reasons = await table.inject('port in use', service, async (tally) => {
      const second = new ServiceProcess({ settings: { FUJIAN_PORT: String(service.port) } });
      const { code } = await tally.count(second.ended, () => second.stderr.trim());
      expect([code, second.stdout]).toEqual([1, '']);
      await second.gone();
      await second.dispose();
      await neighbour(tally);
    });
    expect(Object.keys(reasons)).toEqual([
      expect.stringMatching(/^Port \d+ of 127\.0\.0\.1 is in use by another program: [^\n]*$/),
    ]);
  });

  it('of two servers side by side do not meet', async () => {
    const other = await started();
    const reasons = await table.inject('two servers side by side', service, async (tally) => {
      await tally.askHttp(over(service).run('whose = "of the first"'));
      await tally.askHttp(over(other).run('whose = "of the second"'));
      await tally.askHttp(over(other).run('import os; os._exit(3)'));
      const { json } = await tally.askHttp(over(service).run('fujian_return = whose'));
      expect(json.return).toBe('of the first');
      expect(await other.stop()).toEqual({ code: 0, signal: null });
      await other.gone();
      await neighbour(tally);
    });
    await other.dispose();
    expect(Object.keys(reasons)).toEqual([
      expect.stringMatching(/^500 The Python interpreter ended: exit code 3/),
    ]);
  });

  it('that send 200 requests while the session is restarted get 200 answers', async () => {
    const self = thisProcess();
    const python = await TestPython.start();
    await python.run('generation = 1');
    const reasons = await table.inject('restart under load', self, async (tally) => {
      const running = tally.ask(python.execute(`${checkpoint.pass()}\nwhile True: pass`));
      await checkpoint.arrival();
      const before = Array.from({ length: 100 }, () => tally.ask(python.execute('pass')));
      const restarted = python.service.restart();
      const after = Array.from({ length: 100 }, () => tally.ask(python.execute('pass')));
      await restarted;
      await Promise.all([running, ...before, ...after]);
    });
    await python.close();
    expect(reasons).toEqual({ 'it was restarted': 1, 'not run: it was restarted': 100 });
  });
});

/** Waits until the process sleeps and is not woken. */
async function untilItWaits(pid: number): Promise<void> {
  for (let before = '', now = sleepsOf(pid); ; before = now, now = sleepsOf(pid)) {
    if (now === before && now.includes('S (sleeping)')) return;
    await sleep(50);
  }
}

/** Returns whether the process sleeps, and how often it has begun to. */
function sleepsOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return /^State:.*$/m.exec(status)![0] + /^voluntary_ctxt_switches:.*$/m.exec(status)![0];
}

async function started(settings: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const service = new ServiceProcess({ settings: { FUJIAN_DEATH_LIMIT: '0', ...settings } });
  await service.ready();
  return service;
}

/** Returns a client of the service that keeps no connection open. */
function over({ port }: ServiceProcess) {
  return {
    async run(code: string): Promise<Answer> {
      const connection = await RawConnection.open(port);
      connection.request(post(code, LAST_OF_ITS_CONNECTION));
      const answer = await connection.answer();
      await connection.closed;
      return answer;
    },
    socket: () => TestSocket.open(new WebSocket(`ws://127.0.0.1:${port}/websocket/`)),
  };
}
