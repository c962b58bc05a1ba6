import { element } from '../shared/element.js';
import { codeView } from './code-view.js';
import { type Displays, OutputView, type PlaceFinder } from './output-view.js';
import type { Line } from './wire.js';

const MARKED = 'marked';

export type CellState =
  'waiting' | 'running' | 'done' | 'failed' | 'withdrawn' | 'refused' | 'lost';

const STATES: Readonly<Record<CellState, string>> = {
  waiting: 'waiting',
  running: 'running',
  done: '',
  failed: 'raised',
  withdrawn: 'not run',
  refused: 'refused',
  lost: 'connection lost',
};

/** One execution: its code and its output. */
export class CellView {
  readonly element: HTMLElement;
  private readonly code: HTMLElement;
  private readonly output: OutputView;
  private readonly status = element('span', { className: 'cell-state' });
  private current: CellState = 'waiting';

  constructor(
    readonly number: number,
    readonly source: string,
    readonly session: string,
    edit: (source: string) => void,
    displays: Displays,
    findPlace: PlaceFinder,
  ) {
    this.output = new OutputView(`Result of cell ${number}`, displays, findPlace);
    this.code = codeView(source);
    const again = element(
      'button',
      { type: 'button', className: 'quiet', ariaLabel: `Edit a copy of cell ${number}` },
      'Edit a copy',
    );
    again.addEventListener('click', () => edit(source));
    const headline = element('h3', {}, `Cell ${number}`);
    const where = element('span', { className: 'cell-session' }, session);
    this.element = element(
      'article',
      { className: 'cell', ariaLabel: `Cell ${number}` },
      element('header', {}, headline, where, this.status, again),
      this.code,
      this.output.element,
    );
    this.state = 'waiting';
  }

  get state(): CellState {
    return this.current;
  }

  set state(state: CellState) {
    this.current = state;
    this.status.textContent = STATES[state];
    this.element.dataset['state'] = state;
  }

  /** Shows a line of the execution, except pushes. */
  take(line: Exclude<Line, { type: 'push' }>): void {
    switch (line.type) {
      case 'number_of_executions':
        this.state = 'running';
        break;
      case 'stdout':
      case 'stderr':
        this.output.printed(line.type, line.text);
        break;
      case 'result':
        this.output.showed(line);
        break;
      case 'display_id':
        this.output.named(line.display_id);
        break;
      case 'update_display':
        this.output.updated(line.display_id, line);
        break;
      case 'clear_output':
        this.output.cleared(line.wait);
        break;
      case 'error':
        this.state = 'failed';
        this.output.raised(line);
        break;
      case 'end_of_execution':
        if (this.state !== 'failed') this.state = 'done';
        break;
      case 'keepalive':
    }
  }

  /** Marks an execution that did not complete. */
  end(state: 'withdrawn' | 'refused' | 'lost', why: string): void {
    this.state = state;
    if (why !== '') this.output.printed('stderr', `${why}\n`);
  }

  showLine(line: number): void {
    for (const marked of document.querySelectorAll(`.${MARKED}`)) marked.classList.remove(MARKED);
    const row = this.code.querySelectorAll<HTMLElement>('.code-row')[line - 1];
    row?.classList.add(MARKED);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'center' });
  }
}
