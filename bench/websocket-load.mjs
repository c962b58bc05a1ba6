// Loads WebSocket: one connection with `inFlight` messages in flight.
import { startMeter } from './meter.mjs';
import { openRawSocket } from './raw-socket.mjs';
import { checkAnswer, CODE } from './task.mjs';
import { checkHandshake, HANDSHAKE, maskedText } from './websocket-frames.mjs';

const TEXT = 0x81;
/** Opcode of the server's heartbeat. A round is too short for the server to miss the pong. */
const PING = 0x89;

const FRAME = maskedText(CODE);

/** @param {import('./client.mjs').Job} job */
export async function loadWebSocket({ port, inFlight, seconds }) {
  /** @type {(text: string) => void} */
  let receive = () => {};
  const { send, close } = await openRawSocket(port, (text) => receive(text));

  /** @type {string} */
  const handshake = await new Promise((resolve) => {
    receive = resolve;
    send(Buffer.from(HANDSHAKE(port)));
  });
  checkHandshake(handshake);

  const meter = startMeter(seconds, inFlight === 1);
  await new Promise((resolve) => {
    let received = '';
    let waiting = inFlight;
    receive = (text) => {
      const { answers, rest } = readAnswers(received + text);
      received = rest;
      for (let n = 0; n < answers; n += 1) {
        meter.answered();
        if (meter.isOver()) waiting -= 1;
        else send(FRAME); // One write per message, as in browsers and `ws`.
      }
      // Wait for the last answers, or the server would still be busy in the next round.
      if (waiting === 0) resolve(undefined);
    };
    for (let n = 0; n < inFlight; n += 1) send(FRAME);
  });
  close();
  return meter.figures();
}

/** @param {string} bytes frames from the server, under 126 bytes each; the last may be incomplete */
function readAnswers(bytes) {
  let answers = 0;
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + bytes.charCodeAt(at + 1);
    if (end > bytes.length) break;
    const type = bytes.charCodeAt(at);
    if (type === TEXT) {
      checkAnswer(bytes.slice(at + 2, end));
      answers += 1;
    } else if (type !== PING) {
      throw new Error('a frame that is neither a text message nor a ping');
    }
    at = end;
  }
  return { answers, rest: bytes.slice(at) };
}
