import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from './logger.js';

/** All that ends a line somewhere, or controls a terminal. */
const CONTROLS = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  0x2028,
  0x2029,
].map((code) => String.fromCharCode(code));
const FORGED = `good\n[Fujian] 1  - forged${CONTROLS.join('')}end`;

describe.each(['text', 'json'] as const)('the log as %s', (format) => {
  let written = '';

  beforeEach(() => {
    written = '';
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        written += String(chunk);
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());

  const expectOneLine = (): void => {
    vi.restoreAllMocks();
    const line = written.slice(0, -1);
    expect(written).toBe(`${line}\n`);
    expect(CONTROLS.filter((control) => line.includes(control))).toEqual([]);
    expect(line).toContain(String.raw`good\n[Fujian] 1  - forged`);
    expect(line).toContain(String.raw`\u2028\u2029end`);
    if (format === 'json') expect(JSON.parse(line)).toMatchObject({ pid: process.pid });
  };

  it.each(['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const)(
    'has one line for a message with control characters at %s',
    (level) => {
      createLogger('verbose', format)[level](FORGED, 'Python');
      expectOneLine();
    },
  );

  it('has one line for an error, whose message and stack are those of others', () => {
    createLogger('log', format).error(new Error(FORGED), 'Fujian');
    expectOneLine();
  });

  it('has one line for the facts of an execution', () => {
    createLogger('debug', format).debug('code 1 raised', { reason: FORGED }, 'Execution');
    expectOneLine();
  });

  it('has one line for a message, and one for a stack beside it', () => {
    createLogger('log', format).error('failed', `Error: ${FORGED}\n    at here (file.js:1:1)`);
    vi.restoreAllMocks();
    expect(written.trimEnd().split('\n')).toHaveLength(format === 'text' ? 2 : 1);
    expect(CONTROLS.filter((control) => written.trimEnd().includes(control))).toHaveLength(
      format === 'text' ? 1 : 0, // the line end between the two
    );
  });

  it('keeps all other characters', () => {
    createLogger('log', format).log('é 😀 \\n "quoted"', 'Python');
    vi.restoreAllMocks();
    if (format === 'text') expect(written).toContain('é 😀 \\n "quoted"');
    else expect(JSON.parse(written)).toMatchObject({ message: 'é 😀 \\n "quoted"' });
  });
});
