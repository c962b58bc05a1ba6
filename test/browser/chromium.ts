import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { isExecutable } from '../support/executable.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A name that a hostile page has. It leads to this machine, as names do after DNS rebinding. */
export const EVIL_HOST = 'evil.test';

/** Chromium, where the operating system has put it. */
export function chromiumPath(): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find(isExecutable);
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath()!,
    args: [
      `--host-resolver-rules=MAP ${EVIL_HOST} 127.0.0.1`,
      '--no-sandbox', // it refuses to start as root otherwise
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  });
}
