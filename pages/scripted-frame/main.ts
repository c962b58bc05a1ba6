// A frame of the console around a result whose scripts may run. A frame inherits the policy of the
// document around it: here, that of this document, which allows scripts where the console's does
// not. The frame cannot navigate anywhere, not even to the service, since this document lets no
// frame be loaded.
import { element } from '../shared/element.js';

const frame = element('iframe', { title: 'HTML with scripts' });
frame.setAttribute('sandbox', 'allow-scripts');
frame.style.cssText = 'display: block; width: 100%; height: 100%; border: 0';

addEventListener('message', ({ source, origin, data }: MessageEvent<unknown>) => {
  if (source !== parent || origin !== location.origin) return;
  frame.srcdoc = String(data);
  document.body.append(frame);
});
