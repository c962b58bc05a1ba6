import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { isExecutable } from '../support/executable.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Host name of a hostile page. It resolves to this machine, as after DNS rebinding. */
export const EVIL_HOST = 'evil.test';

/** Returns the path of the operating system's Chromium, or undefined. */
export function chromiumPath(): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find(isExecutable);
}

/**
 * Milliseconds that anything in a browser may take. It ends what hangs, and a little before the test does: the
 * browser can say what it has waited for.
 */
export const PATIENCE = 110_000;

/** @param names where other names lead to, beside that of the hostile page: as `name address` or `name:port address`. */
export function launchChromium(names: readonly string[] = []): Promise<Browser> {
  const rules = [`${EVIL_HOST} 127.0.0.1`, ...names].map((name) => `MAP ${name}`);
  return chromium.launch({
    executablePath: chromiumPath()!,
    timeout: PATIENCE,
    args: [
      `--host-resolver-rules=${rules.join(', ')}`,
      '--no-sandbox', // Chromium refuses to start as root otherwise
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  });
}

/** Opens a page in a browser context of its own. */
export async function newPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE);
  return page;
}
