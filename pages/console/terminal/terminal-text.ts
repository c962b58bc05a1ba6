import { PLAIN, restyled, type TextStyle } from './text-style.js';

export type Stream = 'stdout' | 'stderr';

export interface Segment {
  readonly text: string;
  readonly style: TextStyle;
}

/** One line. Replaced by a new object whenever it looks different. */
export interface TerminalLine {
  readonly stream: Stream;
  segments: Segment[];
  /** Characters. */
  length: number;
  /** Counts the line's changes. */
  version: number;
}

interface Cursor {
  /** Undefined at the beginning of a line that does not exist yet. */
  line: TerminalLine | undefined;
  column: number;
  style: TextStyle;
  /** The beginning of an incomplete control sequence. */
  pending: string;
}

const CONTROL =
  // eslint-disable-next-line no-control-regex -- the pattern matches them
  /\x1b(?:\[([0-9;:?<=>!]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z]|[^[\]()])|[\x00-\x08\x0a-\x1f\x7f]/g;
// eslint-disable-next-line no-control-regex -- the same
const UNFINISHED = /\x1b(?:\[[0-9;:?<=>! -/]*|\][^\x07\x1b]*\x1b?|[()])?$/;
const LONGEST_SEQUENCE = 1_000;

/**
 * Renders the output of a program as a terminal does: colours, and lines drawn again. The two
 * streams share the lines, but each has its own cursor: a progress bar stays in its place while
 * other output appears.
 */
export class TerminalText {
  readonly lines: TerminalLine[] = [];
  /** Lines removed as too many. */
  dropped = 0;
  private readonly cursors: Record<Stream, Cursor> = { stdout: newCursor(), stderr: newCursor() };

  constructor(
    private readonly mostLines = 2_000,
    private readonly longestLine = 20_000,
  ) {}

  write(stream: Stream, written: string): void {
    const cursor = this.cursors[stream];
    let text = cursor.pending + written;
    cursor.pending = '';
    const unfinished = UNFINISHED.exec(text);
    if (unfinished && text.length - unfinished.index < LONGEST_SEQUENCE) {
      cursor.pending = unfinished[0];
      text = text.slice(0, unfinished.index);
    }
    let from = 0;
    for (const match of text.matchAll(CONTROL)) {
      if (match.index > from) this.print(stream, text.slice(from, match.index));
      this.control(stream, match);
      from = match.index + match[0].length;
    }
    if (from < text.length) this.print(stream, text.slice(from));
    this.drop();
  }

  private control(stream: Stream, [sequence, parameters = '', final]: RegExpMatchArray): void {
    const cursor = this.cursors[stream];
    if (final !== undefined) this.command(stream, final, parameters);
    else if (sequence === '\n' || sequence === '\v' || sequence === '\f') this.newLine(stream);
    else if (sequence === '\r') cursor.column = 0;
    else if (sequence === '\b') cursor.column = Math.max(0, cursor.column - 1);
  }

  private command(stream: Stream, final: string, parameters: string): void {
    const cursor = this.cursors[stream];
    const amount = Number.parseInt(parameters) || 0;
    const steps = Math.max(1, amount);
    switch (final) {
      case 'm':
        cursor.style = restyled(cursor.style, parameters);
        break;
      case 'K':
        this.erase(cursor, amount);
        break;
      case 'A':
      case 'F':
        this.up(stream, steps);
        if (final === 'F') cursor.column = 0;
        break;
      case 'B':
      case 'E':
        for (let step = 0; step < Math.min(steps, this.mostLines); step++) this.down(stream);
        if (final === 'E') cursor.column = 0;
        break;
      case 'C':
        cursor.column = Math.min(this.longestLine, cursor.column + steps);
        break;
      case 'D':
        cursor.column = Math.max(0, cursor.column - steps);
        break;
      case 'G':
        cursor.column = Math.min(this.longestLine, steps - 1);
        break;
      case 'J':
        if (amount >= 2) this.clear();
        break;
      default:
    }
  }

  private clear(): void {
    this.lines.length = 0;
    for (const cursor of Object.values(this.cursors)) {
      cursor.line = undefined;
      cursor.column = 0;
    }
  }

  private newLine(stream: Stream): void {
    this.lineOf(stream);
    this.down(stream);
    this.cursors[stream].column = 0;
  }

  /** Moves to the next line of the stream, which may not exist yet. */
  private down(stream: Stream): void {
    const cursor = this.cursors[stream];
    if (!cursor.line) return;
    const at = this.lines.lastIndexOf(cursor.line);
    cursor.line =
      at < 0 || at === this.lines.length - 1
        ? undefined
        : this.lines.slice(at + 1).find((line) => line.stream === stream);
  }

  private up(stream: Stream, steps: number): void {
    const cursor = this.cursors[stream];
    const own = this.lines.filter((line) => line.stream === stream);
    const at = cursor.line ? own.lastIndexOf(cursor.line) : own.length;
    cursor.line = own[Math.max(0, at - steps)];
  }

  private lineOf(stream: Stream): TerminalLine {
    const cursor = this.cursors[stream];
    if (!cursor.line) {
      cursor.line = { stream, segments: [], length: 0, version: 0 };
      this.lines.push(cursor.line);
      if (this.lines.length > 2 * this.mostLines) this.drop();
    }
    return cursor.line;
  }

  private print(stream: Stream, text: string): void {
    const line = this.lineOf(stream);
    const cursor = this.cursors[stream];
    const { style } = cursor;
    const isAscii = /^[\t -~]*$/.test(text);
    const room = Math.max(0, this.longestLine - cursor.column);
    const characters = isAscii ? undefined : Array.from(text);
    const written = (characters ?? text).length;
    const shown =
      written > room ? (characters?.slice(0, room).join('') ?? text.slice(0, room)) : text;
    const size = Math.min(written, room);
    if (cursor.column > line.length) {
      append(line, { text: ' '.repeat(cursor.column - line.length), style: PLAIN });
      line.length = cursor.column;
    }
    if (cursor.column === line.length) append(line, { text: shown, style });
    else {
      line.segments = [
        ...part(line.segments, 0, cursor.column),
        { text: shown, style },
        ...part(line.segments, cursor.column + size, line.length),
      ];
    }
    cursor.column += written > room ? room : size;
    line.length = Math.max(line.length, cursor.column);
    line.version += 1;
  }

  private erase({ line, column }: Cursor, what: number): void {
    if (!line) return;
    if (what === 0) {
      line.segments = part(line.segments, 0, column);
      line.length = Math.min(line.length, column);
    } else if (what === 1) {
      const blank = { text: ' '.repeat(Math.min(column, line.length)), style: PLAIN };
      line.segments = [blank, ...part(line.segments, column, line.length)];
    } else {
      line.segments = [];
      line.length = 0;
    }
    line.version += 1;
  }

  private drop(): void {
    const excess = this.lines.length - this.mostLines;
    if (excess <= 0) return;
    const gone = new Set(this.lines.splice(0, excess));
    this.dropped += excess;
    for (const cursor of Object.values(this.cursors)) {
      if (cursor.line && gone.has(cursor.line)) cursor.line = undefined;
    }
  }
}

function newCursor(): Cursor {
  return { line: undefined, column: 0, style: PLAIN, pending: '' };
}

function append(line: TerminalLine, segment: Segment): void {
  const last = line.segments.at(-1);
  if (last && last.style === segment.style) {
    line.segments[line.segments.length - 1] = { ...last, text: last.text + segment.text };
  } else if (segment.text !== '') line.segments.push(segment);
}

/** Returns the segments between two columns. */
function part(segments: readonly Segment[], from: number, to: number): Segment[] {
  const kept: Segment[] = [];
  let at = 0;
  for (const { text, style } of segments) {
    const characters = Array.from(text);
    const piece = characters.slice(Math.max(0, from - at), Math.max(0, to - at)).join('');
    if (piece !== '') kept.push({ text: piece, style });
    at += characters.length;
  }
  return kept;
}
