import { spawn } from 'node:child_process';

const OPENER = process.platform === 'darwin' ? 'open' : 'xdg-open';
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

/**
 * Opens the page in the user's browser.
 *
 * @throws Error with the message of the system if that fails.
 */
export async function openInBrowser(address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const opener = spawn(OPENER, [address], { stdio: 'ignore', detached: true });
    opener.once('error', ({ message }) => reject(new Error(message)));
    opener.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${OPENER} ended with ${code}`));
    });
    opener.unref();
  });
}
