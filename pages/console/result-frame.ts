import { element } from '../shared/element.js';
import { NONCE } from './nonce.js';

const TALLEST = 640;

/** Beside the page's own policy, which a frame inherits: that one takes what has the nonce from anywhere. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  'media-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 2px; font: 14px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
table { border: 0; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; border: 0; text-align: right; }
thead th { border-bottom: 1px solid light-dark(#c4c9d1, #454c59); }
tbody tr:nth-child(odd) { background: light-dark(#f5f6f8, #1c2027); }
pre, code { font-family: ui-monospace, monospace; font-size: 13px; }
pre { padding: 8px 12px; overflow: auto; background: light-dark(#f5f6f8, #1c2027); border-radius: 6px; }
blockquote { margin-left: 0; padding-left: 12px; border-left: 3px solid light-dark(#c4c9d1, #454c59); }
img, svg, video { max-width: 100%; }
body > :first-child { margin-top: 0; }
body > :last-child { margin-bottom: 0; }
math { font-size: 1.15em; }
math[display='block'] { margin: 8px 0; }
`;

/**
 * HTML that nobody has looked at. No script in it runs, it loads nothing, and goes nowhere. Scripts are not let run
 * even without an origin: no policy keeps them from speaking to whomever they like by WebRTC. As none run, the frame
 * can have the origin of the page, which only the page has a use for: it sees how tall the content is.
 */
export function resultFrame(html: string, title: string): HTMLIFrameElement {
  const frame = element('iframe', { className: 'result-frame', title, srcdoc: documentOf(html) });
  frame.setAttribute('sandbox', 'allow-same-origin');
  frame.addEventListener('load', () => {
    const content = frame.contentDocument?.documentElement;
    if (!content) return; // it shows that it was not let go somewhere
    const fit = (): void => {
      const height = Math.ceil(content.getBoundingClientRect().height);
      frame.style.height = `${Math.min(height, TALLEST)}px`;
    };
    new ResizeObserver(fit).observe(content);
    fit();
  });
  return frame;
}

function documentOf(html: string): string {
  // In a template nothing runs, loads or applies.
  const content = element('template', { innerHTML: html });
  for (const one of content.content.querySelectorAll('script')) one.remove();
  for (const one of content.content.querySelectorAll('style')) one.setAttribute('nonce', NONCE);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style nonce="${NONCE}">${STYLE}</style>
</head><body>${content.innerHTML}</body></html>`;
}
