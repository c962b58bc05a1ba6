// Opens a TCP client with as little CPU as Node allows, as it shares two cores with the server
// under test.
import { connect } from 'node:net';

/**
 * @param {number} port
 * @param {(text: string) => void} receive gets the bytes as latin1, one character per byte
 * @returns {Promise<{ send: (bytes: Buffer) => void, close: () => void }>}
 */
export function openRawSocket(port, receive) {
  return new Promise((resolve) => {
    const buffer = Buffer.allocUnsafe(65_536);
    /** @param {number} length */
    const callback = (length) => {
      receive(buffer.toString('latin1', 0, length));
      return true;
    };
    const onread = { buffer, callback };
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
    let closing = false;
    const close = () => {
      closing = true;
      socket.destroy();
    };
    socket.on('connect', () => resolve({ send: (bytes) => void socket.write(bytes), close }));
    socket.on('close', () => {
      if (!closing) throw new Error(`the server on port ${port} closed the connection`);
    });
  });
}
