import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BuiltPage, type PageName } from './built-page.js';
import { contentSecurityPolicy } from './content-security-policy.js';

export interface PageAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const pages = new Map<PageName, BuiltPage>();

/**
 * Returns a page with a new nonce, compressed if the client accepts it.
 *
 * @throws Error if the page was not built.
 */
export function pageAnswer(name: PageName, { headers }: IncomingMessage): PageAnswer {
  let page = pages.get(name);
  if (!page) pages.set(name, (page = BuiltPage.read(name)));
  const nonce = randomBytes(16).toString('base64');
  const isCompressed = /\bgzip\b/.test(headers['accept-encoding']?.toString() ?? '');
  const body = isCompressed ? page.gzipped(nonce) : page.html(nonce);
  return {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': String(body.length),
      ...(isCompressed && { 'Content-Encoding': 'gzip' }),
      'Content-Security-Policy': contentSecurityPolicy(name, nonce),
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    },
    body,
  };
}
