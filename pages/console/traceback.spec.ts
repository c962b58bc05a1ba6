import { describe, expect, it } from 'vitest';
import { piecesOf } from './traceback.js';

const TRACEBACK = `Traceback (most recent call last):
  File "<cell-2>", line 1, in <module>
    f()
    ~^^
  File "/lib/a b.py", line 12, in f
    raise ValueError('File "x", line 3')
ValueError: File "x", line 3
`;

describe('a traceback in pieces', () => {
  it('has the places in its frames', () => {
    expect(piecesOf(TRACEBACK).filter(({ kind }) => kind === 'place')).toEqual([
      { kind: 'place', text: 'File "<cell-2>", line 1', file: '<cell-2>', line: 1 },
      { kind: 'place', text: 'File "/lib/a b.py", line 12', file: '/lib/a b.py', line: 12 },
    ]);
  });

  it.each([
    ['in exception groups', '  | Traceback\n  |   File "<cell-1>", line 7, in <module>\n  | X\n'],
    ['of syntax errors', '  File "<cell-1>", line 7\n    (\n    ^\nSyntaxError: x\n'],
  ])('finds the places %s', (_, traceback) => {
    expect(piecesOf(traceback)).toContainEqual({
      kind: 'place',
      text: 'File "<cell-1>", line 7',
      file: '<cell-1>',
      line: 7,
    });
  });

  it('is parsed in time, whatever the lines of a message', () => {
    const line = `ValueError: x\n${'-'.repeat(1_000_000)}`;
    expect(piecesOf(line)).toEqual([{ kind: 'text', text: line }]);
  });

  it.each([TRACEBACK, '', 'KeyError: 1'])('loses nothing', (traceback) => {
    expect(
      piecesOf(traceback)
        .map(({ text }) => text)
        .join(''),
    ).toBe(traceback);
  });
});
