// Loads HTTP with `inFlight` keep-alive clients, each with one POST in flight.
import { startMeter } from './meter.mjs';
import { openRawSocket } from './raw-socket.mjs';
import { checkAnswer, CODE } from './task.mjs';

/** @param {import('./client.mjs').Job} job */
export async function loadHttp({ port, inFlight, seconds }) {
  const clients = await Promise.all(Array.from({ length: inFlight }, () => openClient(port)));
  const meter = startMeter(seconds, inFlight === 1);
  await Promise.all(clients.map((run) => run(meter)));
  return meter.figures();
}

/** @param {number} port */
async function openClient(port) {
  const request = Buffer.from(
    `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${CODE.length}\r\n\r\n${CODE}`,
  );
  let received = '';
  let answered = () => {};
  const { send, close } = await openRawSocket(port, (text) => {
    received += text;
    const body = completeBody(received);
    if (body === undefined) return;
    checkAnswer(body);
    received = '';
    answered();
  });
  return (/** @type {import('./meter.mjs').Meter} */ meter) =>
    new Promise((resolve) => {
      answered = () => {
        meter.answered();
        if (!meter.isOver()) return send(request);
        close();
        resolve(undefined);
      };
      send(request);
    });
}

/** @param {string} answer @returns {string | undefined} the body, once all of it is there */
function completeBody(answer) {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer)?.[1];
  if (!answer.startsWith('HTTP/1.1 200 ') || length === undefined) {
    throw new Error(`not a 200 with a Content-Length:\n${answer}`);
  }
  const body = answer.slice(headEnd + 4);
  if (body.length > Number(length)) throw new Error(`more than one answer:\n${answer}`);
  return body.length === Number(length) ? body : undefined;
}
