// Asks for large output, and measures another client, or the service, meanwhile.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { LARGE_MEGABYTES } from './large-jobs.mjs';
import { watchMemory } from './process-memory.mjs';
import { checkHandshake, HANDSHAKE, maskedText } from './websocket-frames.mjs';

/** @typedef {import('./large-jobs.mjs').LargeJob} LargeJob */

/** @param {LargeJob} job @returns {Promise<import('./rounds.mjs').Sample>} */
export async function runLargeTrial(job) {
  const receive = job.over === 'POST' ? receiveByPost : receiveByWebSocket;
  if (job.measure === 'memory') {
    const growth = watchMemory(job.pid);
    await receive(job);
    return { value: growth() };
  }
  // In a thread of its own, so that it does not wait for this one.
  const other = new Worker(new URL('ping-worker.mjs', import.meta.url), { workerData: job.port });
  await once(other, 'message');
  let longest = 0;
  other.on('message', (waited) => (longest = Math.max(longest, waited)));
  await receive(job);
  await other.terminate();
  return { value: longest };
}

/** @param {LargeJob} job */
async function receiveByPost({ port, code }) {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\nContent-Length: ${code.length}\r\n\r\n${code}`,
  );
  let size = 0;
  socket.on('data', ({ length }) => (size += length));
  await once(socket, 'close');
  checkSize(size);
}

/** @param {LargeJob} job */
async function receiveByWebSocket({ port, code }) {
  const socket = connect(port, '127.0.0.1');
  socket.write(HANDSHAKE(port));
  checkHandshake(String(await once(socket, 'data')));
  socket.write(maskedText(code));
  let size = 0;
  /** The first bytes of the next frame. */
  let head = Buffer.alloc(0);
  /** Of the frame under way. */
  let left = 0;
  let isLast = false;
  for await (const chunk of socket) {
    let data = left > 0 ? chunk : Buffer.concat([head, chunk]);
    while (data.length > 0) {
      if (left === 0) {
        const frame = frameOf(data);
        head = data;
        if (!frame) break;
        ({ isLast, left } = frame);
        data = data.subarray(frame.start);
        head = Buffer.alloc(0);
      }
      const taken = Math.min(left, data.length);
      left -= taken;
      size += taken;
      data = data.subarray(taken);
      if (left === 0 && isLast) {
        checkSize(size);
        return;
      }
    }
  }
  throw new Error('the service closed the connection');
}

/** Returns the beginning of a frame, if all of its head is there. @param {Buffer} data */
function frameOf(data) {
  if (data.length < 2) return undefined;
  const short = data.readUInt8(1);
  if (data.length < (short === 127 ? 10 : short === 126 ? 4 : 2)) return undefined;
  const isPing = (data.readUInt8(0) & 0x0f) === 9;
  const isLast = data.readUInt8(0) >= 0x80 && !isPing;
  if (short < 126) return { isLast, left: short, start: 2 };
  if (short === 126) return { isLast, left: data.readUInt16BE(2), start: 4 };
  return { isLast, left: Number(data.readBigUInt64BE(2)), start: 10 };
}

/** @param {number} size */
function checkSize(size) {
  if (size < LARGE_MEGABYTES * 1e6) throw new Error(`only ${size} bytes came`);
}
