import { element } from '../shared/element.js';
import { BASE } from '../shared/service.js';
import { RESULT_STYLE } from './result-style.js';

/** Limits content that is as tall as its viewport, as its height says nothing about the frame's. */
const STYLE = `${RESULT_STYLE}
html, body { height: 100%; box-sizing: border-box; }`;

/** No policy covers WebRTC. This is only an obstacle: a frame in the frame has WebRTC again. */
const WITHOUT_WEBRTC = 'delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;';

/**
 * Shows HTML with scripts that the user asked to run: in a document without an origin, which
 * reaches neither this page nor, by HTTP and WebSockets, any server. This page listens to no
 * messages of windows.
 */
export function scriptedFrame(html: string, title: string): HTMLIFrameElement {
  const src = `${BASE}console/scripted-frame`;
  const frame = element('iframe', { className: 'result-frame scripted', title, src });
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.addEventListener('load', () => {
    // A document without an origin cannot be addressed by one.
    frame.contentWindow!.postMessage(documentOf(html), '*');
  });
  return frame;
}

function documentOf(html: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<style>${STYLE}</style><script>${WITHOUT_WEBRTC}</script>
</head><body>${html}</body></html>`;
}
