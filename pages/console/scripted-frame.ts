import { element } from '../shared/element.js';
import { BASE } from '../shared/service.js';
import { RESULT_STYLE } from './result-style.js';

/** What wants to be as tall as there is room is: how tall the frame is, its content does not say. */
const STYLE = `${RESULT_STYLE}
html, body { height: 100%; box-sizing: border-box; }`;

/** No policy is against WebRTC. This is no more than a hindrance: a frame in the frame has it anew. */
const WITHOUT_WEBRTC = 'delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;';

/**
 * HTML whose scripts somebody has asked to run: in a document without an origin, which reaches neither this page nor,
 * by HTTP and WebSockets, anybody else. This page listens to no messages of windows.
 */
export function scriptedFrame(html: string, title: string): HTMLIFrameElement {
  const src = `${BASE}console/scripted-frame`;
  const frame = element('iframe', { className: 'result-frame scripted', title, src });
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.addEventListener('load', () => {
    // Without an origin it cannot be addressed by one.
    frame.contentWindow!.postMessage(documentOf(html), '*');
  });
  return frame;
}

function documentOf(html: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<style>${STYLE}</style><script>${WITHOUT_WEBRTC}</script>
</head><body>${html}</body></html>`;
}
