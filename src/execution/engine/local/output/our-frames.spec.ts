import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PYTHON_SIDE } from '../process/python-side.js';
import { OurFrames } from './our-frames.js';

const OURS = `  File "${PYTHON_SIDE}/_fujian/execution.py", line 1 in run\n`;
const BOTTOM = '  File "<frozen importlib._bootstrap of fujian>", line 9 in make_calls\n';

/** Returns the output without our frames, removed in chunks. */
function kept(output: string, cuts: readonly number[] = []): string {
  const bytes = Buffer.from(output);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  const frames = new OurFrames();
  const chunks = places.flatMap((place, n) =>
    frames.remove(bytes.subarray(place, places[n + 1]), true),
  );
  return Buffer.concat([...chunks, frames.end()]).toString();
}

describe('OurFrames', () => {
  it('removes our frames from a stack', () => {
    const theirs = 'Fatal Python error: Aborted\n  File "<fujian-1>", line 1 in <module>\n';
    expect(kept(`${theirs}${OURS}${OURS}${BOTTOM}end\n`)).toBe(`${theirs}end\n`);
    expect(kept(`${OURS}${theirs}`)).toBe(theirs);
    expect(kept(`a\n${OURS.trimEnd()}`)).toBe('a\n');
  });

  it.each(['a\n  File "<string>", line 9 in <module>\n\nb', '', '  ', '  File "', `x${OURS}`])(
    'keeps everything else: %j',
    (theirs) => {
      expect(kept(theirs)).toBe(theirs);
    },
  );

  it('removes the same from output in chunks, cut within frames too', () => {
    const line = fc.constantFrom(OURS, OURS, BOTTOM, 'x\n', '\n', '  File "<fujian-1>"\n', '  F');
    const cuts = fc.array(fc.nat(1_000), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), cuts, (lines, places) => {
        const output = lines.join('');
        expect(kept(output, places)).toBe(kept(output));
      }),
    );
  });

  it('holds back nothing but the beginning of a frame', () => {
    const frames = new OurFrames();
    const printed = (text: string) =>
      Buffer.concat(frames.remove(Buffer.from(text), false)).toString();
    expect(printed('progress: 50 %')).toBe('progress: 50 %');
    expect(printed('\n  ')).toBe('\n  ');
    expect(printed('x\n  File "')).toBe('x\n');
    expect(printed('mine"\n')).toBe('  File "mine"\n');
  });
});
