import type { PageName } from './built-page.js';

/**
 * Allows the page itself and its own service, nothing else. Frames with their content in `srcdoc`
 * inherit it.
 */
const ordinary = (nonce: string, frames: string): readonly string[] => [
  "default-src 'none'",
  `script-src 'nonce-${nonce}'`,
  `style-src-elem 'nonce-${nonce}'`,
  "style-src-attr 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  'media-src data:',
  "connect-src 'self'",
  `frame-src ${frames}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/**
 * Lets everything in it run, without an origin and without loading anything. For frames of the
 * console.
 */
const SCRIPTED_FRAME = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob: data:",
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  'font-src data:',
  'media-src data: blob:',
  'worker-src data: blob:',
  "connect-src 'none'",
  "frame-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
];

export function contentSecurityPolicy(page: PageName, nonce: string): string {
  const policies: Readonly<Record<PageName, readonly string[]>> = {
    console: ordinary(nonce, "'self'"),
    'scripted-frame': SCRIPTED_FRAME,
    'api-docs': ordinary(nonce, "'none'"),
  };
  return policies[page].join('; ');
}
