import { element } from '../shared/element.js';
import { resultFrame } from './result-frame.js';
import { scriptedFrame } from './scripted-frame.js';

/** Shows HTML. Its scripts run only if the user asks for it: for this result, this once. */
export function htmlView(html: string, title: string): HTMLElement {
  return hasScripts(html) ? choiceOf(html, title) : resultFrame(html, title);
}

function hasScripts(html: string): boolean {
  const { content } = element('template', { innerHTML: html });
  // The content of such a frame is not inspected.
  if (content.querySelector('script, iframe[srcdoc]')) return true;
  return [...content.querySelectorAll('*')].some((one) =>
    one.getAttributeNames().some((name) => name.startsWith('on')),
  );
}

function choiceOf(html: string, title: string): HTMLElement {
  const status = element('span', { role: 'status' });
  const button = element('button', { type: 'button' });
  const say = (text: string, choice: string): void => {
    status.textContent = text;
    button.textContent = choice;
    button.ariaLabel = `${choice}: ${title}`;
  };
  const offer = (): void => say('This HTML has scripts, which have not been run.', 'Run scripts');
  let frame = resultFrame(html, title);
  let isRunning = false;
  button.addEventListener('click', () => {
    isRunning = !isRunning;
    const next = isRunning ? scriptedFrame(html, title) : resultFrame(html, title);
    // Replaces nothing but the frame: the button keeps the focus.
    frame.replaceWith(next);
    frame = next;
    if (isRunning) say('The scripts of this HTML run, in a frame of their own.', 'Stop scripts');
    else offer();
  });
  offer();
  const note = element('div', { className: 'scripts-note' }, status, button);
  return element('div', {}, note, frame);
}
