const CONSOLE = 'console';

/**
 * Returns the address of the console for a browser on this machine. Returns undefined if the
 * service listens on Unix sockets only.
 */
export function consoleAddress(urls: readonly string[]): string | undefined {
  const [url] = urls.filter((one) => one.startsWith('http:'));
  if (url === undefined) return undefined;
  const address = new URL(CONSOLE, url);
  // Of the addresses of this machine, loopback needs no allowed host name.
  if (address.hostname === '0.0.0.0') address.hostname = '127.0.0.1';
  if (address.hostname === '[::]') address.hostname = '[::1]';
  return address.href;
}
