import { element } from '../shared/element.js';

const MOST = 200;
const LONGEST = 5_000;

/** The messages that Python pushes, the latest last. */
export class MessagesPanel {
  readonly element: HTMLElement;
  private readonly list = element('div', { className: 'messages' });
  private readonly empty = element('p', { className: 'hint' });

  constructor() {
    this.empty.append(
      'Messages that Python sends by ',
      element('code', {}, 'FUJIAN_WS.write_message()'),
    );
    this.list.setAttribute('role', 'log');
    this.list.ariaLabel = 'Messages from Python';
    this.list.tabIndex = 0;
    const clear = element('button', { type: 'button', className: 'quiet' }, 'Clear');
    clear.addEventListener('click', () => this.clear());
    this.element = element(
      'section',
      { className: 'panel', ariaLabel: 'Messages' },
      element('header', {}, element('h2', {}, 'Messages'), clear),
      this.empty,
      this.list,
    );
    this.clear();
  }

  add(text: string, session: string): void {
    const time = new Date().toLocaleTimeString();
    const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    const row = element(
      'div',
      { className: 'message' },
      element('span', { className: 'message-head' }, `${time} · ${session}`),
      element('pre', {}, shown),
    );
    const isAtEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    this.list.append(row);
    while (this.list.childElementCount > MOST) this.list.firstElementChild!.remove();
    this.empty.hidden = true;
    this.list.hidden = false;
    if (isAtEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  private clear(): void {
    this.list.replaceChildren();
    this.list.hidden = true;
    this.empty.hidden = false;
  }
}
