import { describe, expect, it } from 'vitest';
import { TerminalText } from './terminal-text.js';

const shown = (text: TerminalText) =>
  text.lines.map(({ segments }) => segments.map((segment) => segment.text).join(''));

function printed(...pieces: string[]): TerminalText {
  const text = new TerminalText();
  for (const piece of pieces) text.write('stdout', piece);
  return text;
}

describe('the text of a terminal', () => {
  it.each([
    ['lines', 'a\nb\n', ['a', 'b']],
    ['empty lines', 'a\n\n\nb', ['a', '', '', 'b']],
    ['a carriage return, which leaves the rest of a longer line', 'abc\rX', ['Xbc']],
    ['the ends of lines of other systems', 'a\r\nb\r\n', ['a', 'b']],
    ['backspace', '10%\b\b\b20%', ['20%']],
    ['erasing to the end of the line', 'abcdef\rxy\x1b[K', ['xy']],
    ['erasing to its beginning', 'abc\x1b[1D\x1b[1K', ['  c']],
    ['erasing the line', 'abcdef\r\x1b[2Kxy', ['xy']],
    ['columns', 'abc\x1b[2GX\x1b[3CY', ['aXc  Y']],
    [
      'lines that are drawn again',
      'one\ntwo\n\x1b[2A\x1b[2KONE\n\x1b[2KTWO\nthree',
      ['ONE', 'TWO', 'three'],
    ],
    ['a clear screen', 'a\nb\x1b[H\x1b[2Jc', ['c']],
    ['no bells, titles and links', '\x07a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c\x1b(B', ['abc']],
    ['characters of two code units', '😀😀\rX', ['X😀']],
    ['tabs', 'a\tb', ['a\tb']],
  ])('has %s', (_, text, lines) => {
    expect(shown(printed(text))).toEqual(lines);
    // In any pieces.
    expect(shown(printed(...Array.from(text)))).toEqual(lines);
  });

  it('is not held up by a sequence of a million codes', () => {
    expect(shown(printed(`\x1b[${'1;'.repeat(1_000_000)}mtext`))).toEqual(['text']);
  });

  it('has a progress bar in one line', () => {
    const text = new TerminalText();
    for (let done = 0; done <= 10; done++)
      text.write('stderr', `\r${done * 10}%|${'█'.repeat(done)}`);
    expect(shown(text)).toEqual(['100%|██████████']);
  });

  it('leaves a progress bar where it is while others print', () => {
    const text = new TerminalText();
    text.write('stderr', '\r 0%');
    text.write('stdout', 'first\n');
    text.write('stderr', '\r50%');
    text.write('stdout', 'second\n');
    text.write('stderr', '\r100%\n');
    text.write('stderr', 'done\n');
    expect(shown(text)).toEqual(['100%', 'first', 'second', 'done']);
    expect(text.lines.map(({ stream }) => stream)).toEqual([
      'stderr',
      'stdout',
      'stdout',
      'stderr',
    ]);
  });

  it('has colours', () => {
    const text = printed(
      '\x1b[1;31mred\x1b[0m plain \x1b[38;5;208mfar\x1b[48;2;1;2;3mtrue\x1b[39mback',
    );
    expect(text.lines[0]!.segments).toEqual([
      { text: 'red', style: { bold: true, color: 1 } },
      { text: ' plain ', style: {} },
      { text: 'far', style: { color: 'rgb(255 135 0)' } },
      { text: 'true', style: { color: 'rgb(255 135 0)', background: 'rgb(1 2 3)' } },
      { text: 'back', style: { background: 'rgb(1 2 3)' } },
    ]);
  });

  it('colours what is drawn again, and nothing else', () => {
    const text = printed('abcd\r\x1b[32mX\x1b[mY');
    expect(text.lines[0]!.segments).toEqual([
      { text: 'X', style: { color: 2 } },
      { text: 'Y', style: {} },
      { text: 'cd', style: {} },
    ]);
  });

  it('keeps the last lines, and says how many there were', () => {
    const text = new TerminalText(3);
    for (let count = 0; count < 100; count++) text.write('stdout', `${count}\n`);
    expect(shown(text)).toEqual(['97', '98', '99']);
    expect(text.dropped).toBe(97);
    text.write('stdout', Array.from({ length: 1000 }, (_, count) => `${count}\n`).join(''));
    expect(shown(text)).toEqual(['997', '998', '999']);
    expect(text.dropped).toBe(1097);
  });

  it('cuts a line without an end', () => {
    const text = new TerminalText(3, 100);
    for (let count = 0; count < 100; count++) text.write('stdout', 'x'.repeat(99));
    expect(text.lines[0]!.length).toBe(100);
  });

  // All of them run in `npm run test:all`.
  const megabytes = import.meta.env.MODE === 'all' ? 100 : 10;
  it(`takes ${megabytes} megabytes`, () => {
    const text = new TerminalText();
    const chunk = 'a line of sixty-four characters, as programs print them, all day\n'.repeat(1000);
    for (let size = 0; size < megabytes * 1_000_000; size += chunk.length)
      text.write('stdout', chunk);
    expect(text.lines.length).toBe(2000);
  });
});
