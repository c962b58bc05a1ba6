import { element } from '../shared/element.js';
import type { AsyncApi } from './asyncapi.js';

/** Describes the WebSockets in plain words. */
export function webSockets({ info, channels, components }: AsyncApi): HTMLElement {
  return element(
    'section',
    { className: 'websockets', ariaLabel: 'WebSockets' },
    element('h2', {}, 'WebSockets'),
    ...info.description.split('\n\n').map((text) => element('p', {}, ...withCode(text))),
    element(
      'ul',
      {},
      ...Object.values(channels).map(({ address, title }) =>
        element('li', {}, element('code', {}, address), ` ${title}`),
      ),
    ),
    ...Object.values(components.messages).flatMap(({ title, description = '', examples }) => [
      element('h3', {}, title),
      element('p', {}, ...withCode(description)),
      ...examples.map(({ payload }) => element('pre', {}, textOf(payload))),
    ]),
  );
}

function textOf(payload: unknown): string {
  return typeof payload === 'string' ? payload : JSON.stringify(payload);
}

/** Renders the only Markdown that these texts have: code and links. */
function withCode(text: string): (Node | string)[] {
  const pieces = text.split(/(`[^`]+`|\[[^\]]+\]\([^)]+\))/);
  return pieces.map((piece) => {
    if (piece.startsWith('`')) return element('code', {}, piece.slice(1, -1));
    const [, name, href] = /^\[(.+)\]\((.+)\)$/.exec(piece) ?? [];
    return name === undefined ? piece : element('a', { href: href! }, name);
  });
}
