import { describe, expect, it } from 'vitest';
import { withoutOurFrames } from './our-frames.js';
import { PYTHON_SIDE } from '../process/python-side.js';

describe('withoutOurFrames', () => {
  it('removes our frames and the bootstrap from a stack', () => {
    const theirs = 'Fatal Python error: Aborted\n  File "<fujian-1>", line 1 in <module>\n';
    const ours = `  File "${PYTHON_SIDE}/_fujian/execution.py", line 1 in run\n`;
    const bootstrap = '  File "<string>", line 9 in <module>\n';
    expect(withoutOurFrames(Buffer.from(`${theirs}${ours}${bootstrap}end\n`)).toString()).toBe(
      `${theirs}end\n`,
    );
  });

  it('keeps everything else', () => {
    const theirs = 'a\n  File "<string>", line 9 in <module>\n\nb';
    expect(withoutOurFrames(Buffer.from(theirs)).toString()).toBe(theirs);
    expect(withoutOurFrames(Buffer.from('')).toString()).toBe('');
  });
});
