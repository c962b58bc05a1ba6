import { spawn } from 'node:child_process';

const OPENER = process.platform === 'darwin' ? 'open' : 'xdg-open';

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
