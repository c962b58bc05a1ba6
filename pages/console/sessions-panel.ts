import { element } from '../shared/element.js';
import type { Context } from './wire.js';

export interface SessionActions {
  choose(id: string): void;
  create(id: string): void;
  remove(id: string): void;
}

interface Row {
  readonly element: HTMLElement;
  readonly choice: HTMLButtonElement;
  readonly facts: HTMLElement;
}

/** The list of sessions, with state and memory. */
export class SessionsPanel {
  readonly element: HTMLElement;
  private readonly list = element('ul', { className: 'sessions' });
  private readonly rows = new Map<string, Row>();

  constructor(private readonly actions: SessionActions) {
    const name = element('input', {
      ariaLabel: 'Name of a new session',
      placeholder: 'Name, or none',
      maxLength: 64,
      pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*',
      autocomplete: 'off',
      spellcheck: false,
    });
    const add = element('button', { type: 'submit' }, 'New session');
    const form = element('form', { className: 'new-session' }, name, add);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      actions.create(name.value);
      name.value = '';
    });
    this.element = element(
      'section',
      { className: 'panel', ariaLabel: 'Sessions' },
      element('header', {}, element('h2', {}, 'Sessions')),
      this.list,
      form,
    );
  }

  show(contexts: readonly Context[], chosen: string): void {
    const there = new Set(contexts.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (there.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    for (const context of contexts) {
      const row = this.rows.get(context.id) ?? this.addRow(context.id);
      const isChosen = context.id === chosen;
      row.choice.ariaPressed = String(isChosen);
      row.element.dataset['state'] = context.state;
      row.facts.textContent = factsOf(context);
    }
  }

  private addRow(id: string): Row {
    const facts = element('span', { className: 'facts' });
    const name = element('span', { className: 'session-name' }, id);
    const choice = element('button', { type: 'button', className: 'choice' }, name, facts);
    choice.addEventListener('click', () => this.actions.choose(id));
    const row = element('li', {}, choice);
    if (id !== 'main') {
      const remove = element(
        'button',
        { type: 'button', className: 'quiet', ariaLabel: `Delete session ${id}` },
        'Delete',
      );
      remove.addEventListener('click', () => this.actions.remove(id));
      row.append(remove);
    }
    this.list.append(row);
    const made = { element: row, choice, facts };
    this.rows.set(id, made);
    return made;
  }
}

function factsOf({ state, memory }: Context): string {
  return memory === null ? state : `${state} · ${memoryText(memory)}`;
}

function memoryText(memory: number): string {
  const megabytes = memory / 2 ** 20;
  return megabytes < 1024 ? `${megabytes.toFixed(1)} MB` : `${(megabytes / 1024).toFixed(2)} GB`;
}
