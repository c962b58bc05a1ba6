import { element } from '../shared/element.js';
import { json, Refusal, request } from '../shared/service.js';
import { CellView } from './cell-view.js';
import { Editor } from './editor.js';
import { Executions, fileNameOf } from './executions.js';
import { MessagesPanel } from './messages-panel.js';
import { Displays, type PlaceFinder } from './output-view.js';
import { PushChannel, type Pushed } from './push-channel.js';
import { confirmed } from './question.js';
import { ServiceWatch } from './service-watch.js';
import { SessionsPanel } from './sessions-panel.js';
import type { Completions, Context, Line } from './wire.js';

const MAIN = 'main';
/** Beyond this number, the oldest cells leave the page. */
const MOST_CELLS = 200;

/** The whole page: its layout, and the actions behind its controls. */
export class Console {
  readonly element: HTMLElement;
  private readonly history = element('div', { className: 'history' });
  private readonly scroll = element('section', { className: 'scroll', ariaLabel: 'History' });
  private isFollowing = true;
  /** Text for screen readers; the same text is in the history. */
  private readonly live = element('p', { className: 'unseen', role: 'status' });
  private readonly connection = element('p', { className: 'connection', role: 'status' });
  private readonly state = element('span', { className: 'state' });
  private readonly chosen = element('span', { className: 'chosen' });
  private readonly interruptButton: HTMLButtonElement;
  private readonly forkButton: HTMLButtonElement;
  private readonly editor: Editor;
  private readonly sessions: SessionsPanel;
  private readonly messages = new MessagesPanel();
  private readonly executions = new Executions();
  private readonly displays = new Displays();
  private readonly cells = new Map<string, CellView>();
  private readonly channel: PushChannel;
  private readonly watch: ServiceWatch;
  private session = MAIN;
  private contexts: readonly Context[] = [];
  /** The interpreter that each session had at the last poll. */
  private readonly interpreters = new Map<string, string>();
  private numberOfCells = 0;

  constructor(signIn: () => Promise<void>) {
    this.editor = new Editor({
      run: (code) => void this.run(code),
      complete: (code, cursor, signal) => this.complete(code, cursor, signal),
    });
    this.sessions = new SessionsPanel({
      choose: (id) => this.choose(id),
      create: (id) => void this.doing('create the session', () => this.create(id)),
      remove: (id) => void this.doing('delete the session', () => this.remove(id)),
    });
    this.channel = new PushChannel((pushed, session) => this.heard(pushed, session));
    this.watch = new ServiceWatch({
      seen: (contexts) => this.saw(contexts),
      lost: (refusal) =>
        this.showConnection(refusal ? `Refused. ${refusal.message}` : 'Connection lost.'),
      found: () => {
        this.showConnection();
        this.notice('Connected again.');
        this.channel.hurry();
      },
      refused: async () => {
        await signIn();
        this.channel.hurry();
        this.editor.focus();
      },
    });
    this.interruptButton = this.button('Interrupt', 'interrupt', () => this.interrupt());
    this.forkButton = this.button('Fork', 'fork', () => this.fork());
    this.element = this.layout();
  }

  start(): void {
    this.showConnection();
    this.choose(MAIN);
    void this.watch.look();
    this.editor.focus();
  }

  private layout(): HTMLElement {
    const run = element('button', { type: 'button', className: 'primary' }, 'Run');
    run.title = 'Shift-Enter';
    run.addEventListener('click', () => {
      this.editor.run();
      this.editor.focus();
    });
    const restart = this.button('Restart', 'restart', () => this.restart());
    const help = element('p', { id: 'editor-help', className: 'hint' });
    help.append(
      ...keys('Shift', 'Enter'),
      ' runs, ',
      ...keys('Tab'),
      ' indents; ',
      ...keys('Esc'),
      ', then ',
      ...keys('Tab'),
      ' leaves the editor. ',
      ...keys('Alt', 'PgUp'),
      ' recalls.',
    );
    const toolbar = element(
      'div',
      { className: 'toolbar', role: 'toolbar', ariaLabel: 'Session' },
      run,
      this.interruptButton,
      restart,
      this.forkButton,
      element('span', { className: 'session' }, this.chosen, this.state),
    );
    this.scroll.append(this.history);
    this.scroll.tabIndex = 0;
    this.follow();
    const input = element(
      'section',
      { className: 'input', ariaLabel: 'Input' },
      toolbar,
      this.editor.view.dom,
      help,
    );
    return element(
      'div',
      { className: 'page' },
      element('header', { className: 'top' }, element('h1', {}, 'Fujian'), this.connection),
      element('main', {}, this.scroll, input),
      element(
        'aside',
        { ariaLabel: 'Sessions and messages' },
        this.sessions.element,
        this.messages.element,
      ),
      this.live,
    );
  }

  /** Follows the output, unless the user has scrolled back. */
  private follow(): void {
    const { scroll } = this;
    scroll.addEventListener('scroll', () => {
      this.isFollowing = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    });
    const grown = new ResizeObserver(() => {
      if (this.isFollowing) scroll.scrollTo({ top: scroll.scrollHeight });
    });
    grown.observe(this.history);
    grown.observe(scroll);
  }

  private button(name: string, what: string, act: () => Promise<void>): HTMLButtonElement {
    const button = element('button', { type: 'button' }, name);
    button.addEventListener('click', () => void this.doing(what, act));
    return button;
  }

  /** Runs an action and reports its failure. */
  private async doing(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.notice(`Could not ${what}: ${problemOf(error)}`, 'bad');
    }
    void this.watch.look();
  }

  private async run(code: string): Promise<void> {
    const { session } = this;
    this.numberOfCells += 1;
    const number = this.numberOfCells;
    const edit = (source: string): void => {
      this.editor.text = source;
      this.editor.focus();
    };
    const cell = new CellView(number, code, session, edit, this.displays, this.findPlace);
    this.cells.set(fileNameOf(number), cell);
    this.add(cell.element);
    try {
      const hasRun = await this.executions.run({ session, cell: number, code }, (line) =>
        this.take(cell, line),
      );
      if (!hasRun) cell.end('withdrawn', '');
    } catch (error) {
      cell.end(error instanceof Refusal ? 'refused' : 'lost', problemOf(error));
    }
    void this.watch.look();
  }

  private take(cell: CellView, line: Line): void {
    if (line.type === 'push') {
      const size = Math.floor(((line.data ?? '').length * 3) / 4);
      this.messages.add(line.text ?? `${size} bytes`, cell.session);
    } else {
      cell.take(line);
    }
  }

  private readonly findPlace: PlaceFinder = (file, line) => {
    const cell = this.cells.get(file);
    if (!cell?.element.isConnected) return undefined;
    return { name: `Cell ${cell.number}, line ${line}`, go: () => cell.showLine(line) };
  };

  private async complete(
    code: string,
    cursor: number,
    signal: AbortSignal,
  ): Promise<Completions | undefined> {
    if (this.executions.isRunning(this.session)) return undefined;
    const body = JSON.stringify({ code, cursor });
    try {
      return await json(`contexts/${this.session}/complete`, { method: 'POST', body, signal });
    } catch {
      return undefined; // the session is busy, or gone
    }
  }

  private async interrupt(): Promise<void> {
    this.executions.withdraw(this.session);
    await request(`contexts/${this.session}/interrupt`, { method: 'POST' });
  }

  private async restart(): Promise<void> {
    const { session } = this;
    const question = `Restart “${session}”? All its variables will be gone.`;
    if (!(await confirmed(question, 'Restart'))) return;
    this.executions.withdraw(session);
    await request(`contexts/${session}/restart`, { method: 'POST' });
  }

  private async fork(): Promise<void> {
    const parent = this.session;
    const forked = await json<Context & { lostThreads: readonly string[] }>(
      `contexts/${parent}/fork`,
      { method: 'POST' },
    );
    const lost = forked.lostThreads;
    const threads = lost.length === 0 ? '' : ` It has none of the threads: ${lost.join(', ')}.`;
    this.know(forked);
    this.notice(`“${forked.id}” is a fork of “${parent}”, with all its variables.${threads}`);
    this.choose(forked.id);
  }

  private async create(id: string): Promise<void> {
    const body = JSON.stringify(id === '' ? {} : { id });
    const created = await json<Context>('contexts', { method: 'POST', body });
    this.know(created);
    this.choose(created.id);
  }

  private async remove(id: string): Promise<void> {
    if (!(await confirmed(`Delete “${id}”, with all its variables?`, 'Delete'))) return;
    await request(`contexts/${id}`, { method: 'DELETE' });
    this.interpreters.delete(id);
    if (id === this.session) this.choose(MAIN);
    this.notice(`“${id}” is deleted.`);
  }

  private choose(id: string): void {
    this.session = id;
    this.chosen.textContent = id;
    this.channel.follow(id);
    this.showState();
  }

  private saw(contexts: readonly Context[]): void {
    this.contexts = contexts;
    for (const context of contexts) this.know(context);
    if (!contexts.some(({ id }) => id === this.session)) {
      this.notice(`“${this.session}” no longer exists.`, 'bad');
      this.choose(MAIN);
    }
    this.showState();
  }

  /** Warns if a session has a new interpreter, and with it lost its variables. */
  private know({ id, generation, createdAt, state }: Context): void {
    if (state === 'starting') return;
    const interpreter = `${createdAt} ${generation}`;
    const before = this.interpreters.get(id);
    this.interpreters.set(id, interpreter);
    if (before === undefined || before === interpreter) return;
    this.notice(`“${id}” has a new interpreter: its variables are gone.`, 'warn');
  }

  private showState(): void {
    const state = this.contexts.find(({ id }) => id === this.session)?.state ?? '';
    this.state.textContent = state;
    this.state.dataset['state'] = state;
    this.forkButton.disabled = state === 'busy';
    this.sessions.show(this.contexts, this.session);
  }

  private showConnection(problem?: string): void {
    this.connection.textContent = problem === undefined ? 'Connected' : `${problem} Trying again…`;
    this.connection.dataset['state'] = problem === undefined ? 'connected' : 'lost';
  }

  private heard(pushed: Pushed, session: string): void {
    switch (pushed.kind) {
      case 'push':
        this.messages.add(pushed.text, session);
        break;
      case 'bytes':
        this.messages.add(`${pushed.size} bytes`, session);
        break;
      case 'output': {
        const { stdout, stderr, traceback = '' } = pushed;
        this.messages.add(stdout + stderr + traceback, session);
      }
    }
  }

  private notice(text: string, kind: 'plain' | 'warn' | 'bad' = 'plain'): void {
    this.live.textContent = text;
    this.add(element('p', { className: `notice ${kind}` }, text));
  }

  private add(row: HTMLElement): void {
    this.isFollowing = true;
    this.history.append(row);
    while (this.history.childElementCount > MOST_CELLS) this.history.firstElementChild!.remove();
  }
}

function keys(...names: string[]): (HTMLElement | string)[] {
  return names.flatMap((name, index) => [...(index > 0 ? ['-'] : []), element('kbd', {}, name)]);
}

function problemOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  return 'the connection to the service was lost.';
}
