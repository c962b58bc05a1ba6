import { element } from '../shared/element.js';
import { resultView } from './result-view.js';
import type { Stream } from './terminal/terminal-text.js';
import { TerminalView } from './terminal/terminal-view.js';
import { piecesOf } from './traceback.js';
import type { Forms, Line } from './wire.js';

/** Beyond this number of results, plots and texts, the oldest are removed. */
const MOST_BLOCKS = 200;

type ErrorLine = Extract<Line, { type: 'error' }>;

/**
 * Finds the cell behind a place in a traceback. Returns its label and an action that shows it, or
 * undefined if the page does not have it.
 */
export type PlaceFinder = (
  file: string,
  line: number,
) => { readonly name: string; readonly go: () => void } | undefined;

/** Finds displays by their id, in any cell, so that they can be updated. */
export class Displays {
  private readonly blocks = new Map<string, HTMLElement[]>();

  add(id: string, block: HTMLElement): void {
    const there = (this.blocks.get(id) ?? []).filter(({ isConnected }) => isConnected);
    this.blocks.set(id, [...there, block]);
  }

  update(id: string, forms: Forms, title: string): void {
    for (const block of this.blocks.get(id) ?? []) block.replaceChildren(resultView(forms, title));
  }
}

/** The output of one execution, in its order. */
export class OutputView {
  readonly element = element('div', { className: 'output' });
  private terminal: TerminalView | undefined;
  private lastResult: HTMLElement | undefined;
  private isClearedByNext = false;

  constructor(
    private readonly title: string,
    private readonly displays: Displays,
    private readonly findPlace: PlaceFinder,
  ) {}

  printed(stream: Stream, text: string): void {
    this.makeRoom();
    if (!this.terminal) {
      this.terminal = new TerminalView();
      this.append(this.terminal.element);
    }
    this.terminal.write(stream, text);
  }

  showed(forms: Forms): void {
    this.makeRoom();
    this.lastResult = element('div', { className: 'result' }, resultView(forms, this.title));
    this.append(this.lastResult);
    this.terminal = undefined;
  }

  /** Gives the previous result its display id. */
  named(id: string): void {
    if (this.lastResult) this.displays.add(id, this.lastResult);
  }

  updated(id: string, forms: Forms): void {
    this.displays.update(id, forms, this.title);
  }

  cleared(isWaiting: boolean): void {
    this.isClearedByNext = isWaiting;
    if (!isWaiting) this.clear();
  }

  raised({ name, value, traceback }: ErrorLine): void {
    const content = piecesOf(traceback).map((piece) => {
      const place = piece.kind === 'place' ? this.findPlace(piece.file, piece.line) : undefined;
      if (!place) return piece.text;
      const link = element('button', { type: 'button', className: 'place' }, place.name);
      link.addEventListener('click', place.go);
      return link;
    });
    const shown = element(
      'pre',
      { className: 'traceback', role: 'group', tabIndex: 0 },
      ...content,
    );
    shown.ariaLabel = 'Traceback';
    const [headline = ''] = `${name}${value === '' ? '' : `: ${value}`}`.split('\n');
    this.append(
      element(
        'div',
        { className: 'error' },
        element('p', { className: 'error-headline' }, headline),
        shown,
      ),
    );
    this.terminal = undefined;
  }

  private makeRoom(): void {
    if (this.isClearedByNext) this.clear();
    this.isClearedByNext = false;
  }

  private clear(): void {
    this.element.replaceChildren();
    this.terminal = undefined;
  }

  private append(block: HTMLElement): void {
    this.element.append(block);
    while (this.element.childElementCount > MOST_BLOCKS) this.element.firstElementChild!.remove();
  }
}
