import { element } from '../../shared/element.js';
import type { Stream, TerminalLine } from './terminal-text.js';
import { TerminalText } from './terminal-text.js';
import type { TextStyle } from './text-style.js';

/** Milliseconds between two renderings of growing text. */
const INTERVAL = 60;
/** In a flood, layout takes the longest. Leaves this multiple of its time for everything else. */
const REST = 3;

/** Shows a `TerminalText`. */
export class TerminalView {
  readonly element = element('div', { className: 'terminal' });
  private readonly note = element('p', { className: 'dropped', hidden: true });
  private readonly text = new TerminalText();
  private readonly shown = new Map<TerminalLine, { row: HTMLElement; version: number }>();
  private isScheduled = false;
  private nextAt = 0;

  constructor() {
    this.element.append(this.note);
  }

  write(stream: Stream, text: string): void {
    this.text.write(stream, text);
    if (this.isScheduled) return;
    this.isScheduled = true;
    const early = this.nextAt - performance.now();
    if (early <= 0) this.renderNext();
    else setTimeout(() => this.renderNext(), early);
  }

  private renderNext(): void {
    requestAnimationFrame(() => {
      this.isScheduled = false;
      const began = performance.now();
      this.render();
      void this.element.offsetHeight; // forces the layout, so that its time is measured too
      const now = performance.now();
      this.nextAt = now + Math.max(INTERVAL, REST * (now - began));
    });
  }

  private render(): void {
    const { lines, dropped } = this.text;
    const there = new Set(lines);
    for (const [line, { row }] of this.shown) {
      if (there.has(line)) continue;
      row.remove();
      this.shown.delete(line);
    }
    const added: HTMLElement[] = [];
    for (const line of lines) {
      const known = this.shown.get(line);
      if (known?.version === line.version) continue;
      const row = known?.row ?? element('div', { className: `row ${line.stream}` });
      row.replaceChildren(...contentOf(line));
      if (!known) added.push(row);
      this.shown.set(line, { row, version: line.version });
    }
    this.element.append(...added);
    this.note.hidden = dropped === 0;
    this.note.textContent = `${dropped.toLocaleString('en')} earlier lines are not shown`;
  }
}

function contentOf(line: TerminalLine): (Node | string)[] {
  if (line.length === 0) return ['\n'];
  return line.segments.map(({ text, style }) =>
    Object.keys(style).length === 0 ? text : styled(text, style),
  );
}

function styled(text: string, style: TextStyle): HTMLElement {
  const span = element('span', {}, text);
  for (const name of ['bold', 'dim', 'italic', 'underline', 'struck', 'inverse'] as const) {
    if (style[name]) span.classList.add(`ansi-${name}`);
  }
  paint(span, 'color', '--ansi-color', style.color);
  paint(span, 'background', '--ansi-background', style.background);
  return span;
}

function paint(span: HTMLElement, what: string, name: string, colour?: number | string): void {
  if (colour === undefined) return;
  span.classList.add(`ansi-${what}`);
  span.style.setProperty(name, typeof colour === 'number' ? `var(--ansi-${colour})` : colour);
}
