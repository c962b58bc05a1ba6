import { once } from 'node:events';
import { createServer, type Server, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionChannel } from './session-channel.js';

/** More bytes than a socket buffers. */
const LARGE = 1 << 24;

describe('SessionChannel', () => {
  let server: Server;
  let ours: Socket;
  let theirs: Socket;
  let torn: number;
  let channel: SessionChannel;

  beforeEach(async () => {
    server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ours = connect(server.address() as { port: number });
    [[theirs]] = (await Promise.all([once(server, 'connection'), once(ours, 'connect')])) as [
      [Socket],
      unknown,
    ];
    torn = 0;
    channel = new SessionChannel(ours, () => (torn += 1));
  });
  afterEach(() => {
    ours.destroy();
    theirs.destroy();
    server.close();
  });

  const received = async (count: number) => {
    let size = 0;
    for await (const chunk of theirs as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size >= count) break;
    }
    expect(size).toBe(count);
  };
  const sent = () => new Promise<void>((resolve) => channel.send(Buffer.from('last'), resolve));
  const transfer = ({ buffer }: Uint8Array<ArrayBuffer>) =>
    void structuredClone(buffer, { transfer: [buffer] });

  it('sends the parts of frames whole and in order', async () => {
    channel.sendParts([Buffer.from('head'), new Uint8Array(LARGE), Buffer.from('end')]);
    channel.sendParts([Buffer.from('alone')]);
    channel.sendParts([Buffer.from('head'), new Uint8Array(LARGE)]);
    const last = sent();
    await received(4 + LARGE + 3 + 5 + 4 + LARGE + 4);
    await last;
    expect(torn).toBe(0);
  });

  it('reports a queued buffer that was transferred', async () => {
    const first = new Uint8Array(LARGE);
    const second = new Uint8Array(LARGE);
    channel.sendParts([Buffer.from('head'), first]);
    channel.sendParts([Buffer.from('head'), second, Buffer.from('end')]);
    transfer(second);
    const last = sent();
    await received(4 + LARGE + 4 + 3 + 4);
    await last;
    expect(torn).toBeGreaterThan(0);
  });

  it('tolerates the transfer of a sent buffer', async () => {
    const small = new Uint8Array(1000);
    channel.sendParts([Buffer.from('head'), small]);
    transfer(small);
    const last = sent();
    await received(4 + 1000 + 4);
    await last;
    expect(torn).toBe(0);
  });
});
