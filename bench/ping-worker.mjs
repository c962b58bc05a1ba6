// Another client of a service: sends one ping after another, and reports how long each waits, in ms.
import { once } from 'node:events';
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { checkHandshake, HANDSHAKE } from './websocket-frames.mjs';

/** An empty ping, masked. */
const PING = Buffer.from([0x89, 0x80, 0, 0, 0, 0]);

const socket = connect({ port: workerData, host: '127.0.0.1', noDelay: true });
socket.write(HANDSHAKE(workerData));
checkHandshake(String(await once(socket, 'data')));
for (;;) {
  const startedAt = performance.now();
  socket.write(PING);
  await once(socket, 'data');
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- for windows
  parentPort?.postMessage(performance.now() - startedAt);
}
