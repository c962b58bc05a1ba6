import { spawn } from 'node:child_process';

const OPENER = process.platform === 'darwin' ? 'open' : 'xdg-open';
const CONSOLE = 'console';

/** Of the addresses that a service listens on, that of its console for a browser on this machine. */
export function consoleAddress(urls: readonly string[]): string | undefined {
  const [url] = urls.filter((one) => one.startsWith('http:'));
  if (url === undefined) return undefined;
  const address = new URL(CONSOLE, url);
  // Of every address of this machine, that which needs no name.
  if (address.hostname === '0.0.0.0') address.hostname = '127.0.0.1';
  if (address.hostname === '[::]') address.hostname = '[::1]';
  return address.href;
}

/** Shows the page in the browser of the user. Rejects with what the system says when it cannot. */
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
