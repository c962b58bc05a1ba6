// Connects to a kernel behind a Jupyter server over its WebSocket, as JupyterLab does: by the
// protocol v1.kernel.websocket.jupyter.org, which spares the server from parsing messages.
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** @typedef {import('./code-clients.mjs').CodeClient} CodeClient */
/** @typedef {{ msg_type: string, msg_id: string }} Header */

const PROTOCOL = 'v1.kernel.websocket.jupyter.org';
/** Channel, header, header of the parent, metadata, content. */
const PARTS = 5;
const OFFSET = 8;

/** @param {number} port @returns {Promise<CodeClient>} */
export async function openKernel(port) {
  const started = await fetch(`http://127.0.0.1:${port}/api/kernels`, { method: 'POST' });
  const { id } = /** @type {{ id: string }} */ (await started.json());
  const url = `ws://127.0.0.1:${port}/api/kernels/${id}/channels`;
  const socket = new WebSocket(url, [PROTOCOL], { perMessageDeflate: false, maxPayload: 2 ** 30 });
  await once(socket, 'open');
  if (socket.protocol !== PROTOCOL) throw new Error(`the server does not speak ${PROTOCOL}`);
  let last = 0;
  return {
    run: (code) =>
      new Promise((resolve, reject) => {
        const request = `bench-${(last += 1)}`;
        /** @type {import('./code-clients.mjs').Answer} */
        const answer = { text: undefined, pictureAt: undefined, bytes: 0 };
        let isReplied = false;
        let isIdle = false;
        const receive = (/** @type {Buffer} */ message) => {
          const parts = taken(message);
          if (parsed(parts[2]).msg_id !== request) return;
          /** @type {Header} */
          const { msg_type: type } = parsed(parts[1]);
          const content = parsed(parts[4]);
          if (type === 'stream') answer.bytes += content.text.length;
          if (type === 'execute_result') answer.text = content.data['text/plain'];
          if (content.data?.['image/png']?.startsWith('iVBOR')) {
            answer.pictureAt = process.hrtime.bigint();
          }
          if (type === 'error') reject(new Error(content.traceback.join('\n')));
          if (type === 'execute_reply') isReplied = true;
          if (type === 'status' && content.execution_state === 'idle') isIdle = true;
          if (!isReplied || !isIdle) return;
          socket.off('message', receive);
          resolve(answer);
        };
        socket.on('message', receive);
        socket.send(executeRequest(request, code));
      }),
  };
}

/** @param {string} id @param {string} code */
function executeRequest(id, code) {
  const header = {
    msg_id: id,
    msg_type: 'execute_request',
    session: 'bench',
    username: '',
    date: new Date().toISOString(),
    version: '5.3',
  };
  const content = {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: false,
  };
  const parts = ['shell', ...[header, {}, {}, content].map((one) => JSON.stringify(one))];
  const contents = parts.map((part) => Buffer.from(part));
  const head = Buffer.alloc((PARTS + 2) * OFFSET);
  head.writeBigUInt64LE(BigInt(PARTS + 1), 0);
  let at = head.length;
  for (let n = 0; n <= PARTS; n += 1) {
    head.writeBigUInt64LE(BigInt(at), (n + 1) * OFFSET);
    at += contents[n]?.length ?? 0;
  }
  return Buffer.concat([head, ...contents]);
}

/** @param {Buffer | undefined} part */
function parsed(part) {
  return JSON.parse(String(part));
}

/** @param {Buffer} message @returns {Buffer[]} */
function taken(message) {
  const count = Number(message.readBigUInt64LE(0)) - 1;
  const offset = (/** @type {number} */ n) => Number(message.readBigUInt64LE((n + 1) * OFFSET));
  return Array.from({ length: count }, (_, n) => message.subarray(offset(n), offset(n + 1)));
}
