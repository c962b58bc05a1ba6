// In the console, a frame around a result whose scripts may run. A frame that is in another inherits the policy of
// that one: here, that of this document, which lets scripts run where the console's does not. And it cannot go anywhere,
// not even to the service, since this document lets no frame be loaded.
import { element } from '../shared/element.js';

const frame = element('iframe', { title: 'HTML with scripts' });
frame.setAttribute('sandbox', 'allow-scripts');
frame.style.cssText = 'display: block; width: 100%; height: 100%; border: 0';

addEventListener('message', ({ source, origin, data }: MessageEvent<unknown>) => {
  if (source !== parent || origin !== location.origin) return;
  frame.srcdoc = String(data);
  document.body.append(frame);
});
