import { element } from '../shared/element.js';
import { NONCE } from './nonce.js';
import { RESULT_STYLE } from './result-style.js';

const TALLEST = 640;

/**
 * Applies in addition to the policy of the page, which a frame inherits: that one trusts whatever
 * has the nonce.
 */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  'media-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * Shows untrusted HTML. No script in it runs, it loads nothing and cannot navigate. As no script
 * runs, the frame can have the origin of the page, which lets the page measure the height of the
 * content.
 *
 * The frame is in another: the surrounding document decides where a frame may navigate, and the
 * page allows frames of its service, which links would lead to.
 */
export function resultFrame(html: string, title: string): HTMLIFrameElement {
  const frame = element('iframe', { className: 'result-frame', title, srcdoc: around(html) });
  frame.setAttribute('sandbox', 'allow-same-origin');
  frame.addEventListener('load', () => {
    const inner = frame.contentDocument?.querySelector('iframe');
    const content = inner?.contentDocument?.documentElement;
    if (!content) return; // the frame shows a blocked navigation
    const fit = (): void => {
      const height = Math.ceil(content.getBoundingClientRect().height);
      frame.style.height = `${Math.min(height, TALLEST)}px`;
    };
    new ResizeObserver(fit).observe(content);
    fit();
  });
  return frame;
}

function around(html: string): string {
  const inner = element('iframe', { title: 'HTML', srcdoc: documentOf(html) });
  inner.setAttribute('sandbox', 'allow-same-origin');
  inner.style.cssText = 'display: block; width: 100%; height: 100%; border: 0';
  return `<!doctype html><html lang="en" style="height: 100%"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="frame-src 'none'">
<meta name="color-scheme" content="light dark">
</head><body style="height: 100%; margin: 0">${inner.outerHTML}</body></html>`;
}

function documentOf(html: string): string {
  // In a template nothing runs, loads or applies.
  const content = element('template', { innerHTML: html });
  for (const one of content.content.querySelectorAll('script')) one.remove();
  for (const one of content.content.querySelectorAll('style')) one.setAttribute('nonce', NONCE);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style nonce="${NONCE}">${RESULT_STYLE}</style>
</head><body>${content.innerHTML}</body></html>`;
}
