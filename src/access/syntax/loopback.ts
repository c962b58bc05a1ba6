/*
 * Recognizes this machine. All patterns are anchored and literal: a URL parser would also accept
 * `loc%61lhost`, `127.1` and `0x7f000001`, and so would let them in.
 */

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const LOOPBACK_NAME = `(?:localhost|127\\.${OCTET}\\.${OCTET}\\.${OCTET}|\\[::1\\])`;
const PORT = '(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d\\d|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3})';

const LOOPBACK_HOST = new RegExp(`^${LOOPBACK_NAME}(?::${PORT})?$`, 'i');
const LOOPBACK_ORIGIN = new RegExp(
  `^https?://(?:localhost|127\\.0\\.0\\.1|\\[::1\\])(?::${PORT})?$`,
);
const HOST_WITH_PORT = new RegExp(`^(\\[[\\da-f:.]+\\]|[\\w.-]+)(?::${PORT})?$`, 'i');

/** Returns whether a Host header, with or without a port, can only mean this machine. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host);
}

/** Returns whether an Origin, exactly as browsers write it, is of a page served by this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  return LOOPBACK_ORIGIN.test(origin);
}

/**
 * Returns whether a peer address is loopback, as the operating system writes it; a dual-stack
 * socket maps IPv4 into IPv6.
 */
export function isLoopbackAddress(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}

/**
 * Returns the lower-case name in a Host header. Returns undefined if it is not plainly `name` or
 * `name:port`.
 */
export function hostNameOf(host: string): string | undefined {
  return HOST_WITH_PORT.exec(host)?.[1]?.toLowerCase();
}
