// The WebSocket protocol, as far as the load needs it.

/** @param {number} port */
export const HANDSHAKE = (port) =>
  `GET /websocket/ HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\n` +
  'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** @param {string} answer */
export function checkHandshake(answer) {
  if (!/^HTTP\/1\.1 101 [^]*\r\n\r\n$/.test(answer)) throw new Error(`refused: ${answer}`);
}

/** Returns a masked text frame. @param {string} text of less than 126 ASCII characters */
export function maskedText(text) {
  const mask = [1, 2, 3, 4];
  const masked = [...Buffer.from(text)].map((byte, at) => byte ^ Number(mask[at % 4]));
  return Buffer.from([0x81, 0x80 | text.length, ...mask, ...masked]);
}
