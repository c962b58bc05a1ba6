// Clients of the code-interpreter protocol: the SDK, and a raw one with as little overhead as
// possible.
import { openRawSocket } from './raw-socket.mjs';
import { checkAnswer } from './task.mjs';

/**
 * @typedef {object} Answer
 * @property {string | undefined} text of the value
 * @property {bigint | undefined} pictureAt when a PNG was there
 * @property {number} bytes of the output; for the raw client, of the whole reply
 */

/** @typedef {{ run: (code: string) => Promise<Answer>, close?: () => void }} CodeClient */

/** @param {number} port @returns {Promise<CodeClient>} */
export async function openSdk(port) {
  const { Sandbox } = await import('@e2b/code-interpreter');
  const sandboxUrl = `http://127.0.0.1:${port}`;
  const sandbox = await Sandbox.create({ debug: true, sandboxUrl });
  return {
    run: async (code) => {
      /** @type {bigint | undefined} */
      let pictureAt;
      const { text, error, logs } = await sandbox.runCode(code, {
        onResult: ({ png }) => {
          if (png?.startsWith('iVBOR')) pictureAt = process.hrtime.bigint();
        },
      });
      if (error) throw new Error(error.traceback);
      return { text, pictureAt, bytes: logs.stdout.reduce((sum, one) => sum + one.length, 0) };
    },
  };
}

const LAST_LINE = '{"type":"end_of_execution"}\n';
const END = `${LAST_LINE}\r\n0\r\n\r\n`;
/** Characters of a reply that are kept; the rest is only counted. */
const KEPT = 65_536;

/** @param {number} port @returns {Promise<CodeClient & { begin: (code: string) => void, close: () => void }>} */
export async function openRaw(port) {
  let head = '';
  let tail = '';
  let bytes = 0;
  /** @type {(answer: Answer) => void} */
  let answered = () => {};
  const { send, close } = await openRawSocket(port, (text) => {
    if (head.length < KEPT) head += text;
    tail = text.length < END.length ? (tail + text).slice(-END.length) : text.slice(-END.length);
    bytes += text.length;
    if (!tail.endsWith(LAST_LINE, tail.length - END.length + LAST_LINE.length)) return;
    if (!head.startsWith('HTTP/1.1 200 ') || head.includes('{"type":"error"')) {
      throw new Error(`wrong answer: ${head.slice(0, 1_000)}`);
    }
    const text_ = /"type":"result","text":"([^"]*)"/.exec(head)?.[1];
    const pictureAt = head.includes('"png":"iVBOR') ? process.hrtime.bigint() : undefined;
    answered({ text: text_, pictureAt, bytes });
  });
  const begin = (/** @type {string} */ code) => {
    [head, tail, bytes] = ['', '', 0];
    send(request(port, '/execute', JSON.stringify({ code })));
  };
  return {
    begin,
    close,
    run: (code) =>
      new Promise((resolve) => {
        answered = resolve;
        begin(code);
      }),
  };
}

/** Opens a client of the Fujian protocol. @param {number} port @returns {Promise<CodeClient>} */
export async function openPlain(port) {
  let received = '';
  /** @type {(answer: Answer) => void} */
  let answered = () => {};
  const { send, close } = await openRawSocket(port, (text) => {
    received += text;
    const body = received.slice(received.indexOf('\r\n\r\n') + 4);
    if (!body.endsWith('}')) return;
    checkAnswer(body);
    answered({ text: '2', pictureAt: undefined, bytes: received.length });
  });
  return {
    close,
    run: (code) =>
      new Promise((resolve) => {
        answered = resolve;
        received = '';
        send(request(port, '/', code));
      }),
  };
}

/** @param {number} port @param {string} path @param {string} body ASCII */
function request(port, path, body) {
  const type = path === '/' ? 'text/plain' : 'application/json';
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}
