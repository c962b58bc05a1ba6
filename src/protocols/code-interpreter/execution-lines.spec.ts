import { describe, expect, it } from 'vitest';
import { LongJson } from '../../execution/long-json.js';
import { LongText } from '../../execution/long-text.js';
import { joinedOnDemand } from '../../execution/joined-on-demand.js';
import type { Line } from './ascii-json.js';
import { linesOf } from './execution-lines.js';

const parsed = (...[event]: Parameters<typeof linesOf>) =>
  linesOf(event).map((line) => JSON.parse(wholeLine(line)) as unknown);

const wholeLine = (line: Line) => (typeof line === 'string' ? line : [...line.pieces].join(''));

describe('a line of /execute', () => {
  it('has the forms of a result under the names of the protocol, others in `extra`', () => {
    const data = {
      'text/plain': '<Figure>',
      'text/html': '<b>',
      'text/markdown': '#',
      'text/latex': '$x$',
      'image/svg+xml': '<svg/>',
      'image/png': Buffer.from([0, 255]),
      'image/jpeg': Buffer.from([1]),
      'application/pdf': Buffer.from('%PDF'),
      'application/json': { a: [1, null] },
      'application/javascript': 'alert()',
      'e2b/data': { n: [1] },
      'e2b/chart': { type: 'line' },
      'application/vnd.x+json': { deep: true },
      'application/octet-stream': Buffer.from([2]),
    };
    expect(parsed({ type: 'value', data, metadata: {} })).toEqual([
      {
        type: 'result',
        is_main_result: true,
        text: '<Figure>',
        html: '<b>',
        markdown: '#',
        latex: '$x$',
        svg: '<svg/>',
        png: 'AP8=',
        jpeg: 'AQ==',
        pdf: 'JVBERg==',
        json: { a: [1, null] },
        javascript: 'alert()',
        data: { n: [1] },
        chart: { type: 'line' },
        extra: { 'application/vnd.x+json': { deep: true }, 'application/octet-stream': 'Ag==' },
      },
    ]);
  });

  it('is in pieces of ASCII if a form is long, and the same as a whole', () => {
    const text = '\0é😀\ud800"'.repeat(30_000);
    const image = Buffer.alloc(200_000, 7);
    const data = joinedOnDemand({
      'text/plain': 'short',
      'text/html': LongText.of([Buffer.from(text)]),
      'image/png': image,
      'audio/wav': image,
    });
    const [line] = linesOf({ type: 'display', data, metadata: {} });
    const pieces = typeof line === 'object' ? [...line.pieces] : [];
    expect(pieces.every((piece) => /^[\x20-\x7e]{1,1000000}$/.test(piece))).toBe(true);
    expect(JSON.parse(pieces.join(''))).toEqual({
      type: 'result',
      text: 'short',
      html: Buffer.from(text).toString(),
      png: image.toString('base64'),
      extra: { 'audio/wav': image.toString('base64') },
      is_main_result: false,
    });
  });

  describe('with long JSON', () => {
    const lineWith = (json: string) => {
      const form = new LongJson(Buffer.from(json), 2);
      const data = joinedOnDemand({ 'application/json': form });
      return linesOf({ type: 'value', data, metadata: {} })[0]!;
    };

    it('has it as it was written', () => {
      const json = `[${'1.0, 9007199254740993, '.repeat(20_000)}0]`;
      expect(wholeLine(lineWith(json))).toBe(
        `{"type":"result","json":${json},"is_main_result":true}`,
      );
    });

    it.each(['[1,2', '[1]}', '[1]\n{"type":"error"}', '[[[1]]]'])('never has %j', (json) => {
      expect(() => wholeLine(lineWith(json))).toThrow(SyntaxError);
    });
  });

  it('leaves out absent members of a result', () => {
    const [line] = parsed({ type: 'display', data: { 'text/plain': '1' }, metadata: {} });
    expect(line).toEqual({ type: 'result', text: '1', is_main_result: false });
  });

  it('cannot be forged by a MIME type', () => {
    const data = { type: 'error', __proto__: 'x', is_main_result: true };
    const [line] = parsed({ type: 'display', data, metadata: {} });
    expect(line).toMatchObject({ type: 'result', is_main_result: false });
  });

  it('names an updatable display in a separate line', () => {
    const shown = { data: {}, metadata: {}, id: 'd' };
    expect(parsed({ type: 'display', ...shown })).toEqual([
      { type: 'result', is_main_result: false },
      { type: 'display_id', display_id: 'd' },
    ]);
    expect(parsed({ type: 'update', ...shown })).toEqual([
      { type: 'update_display', display_id: 'd' },
    ]);
  });

  it('reports pushes, text or bytes', () => {
    expect(parsed({ type: 'push', message: 'ä' })).toEqual([{ type: 'push', text: 'ä' }]);
    expect(parsed({ type: 'push', message: Buffer.from([255]) })).toEqual([
      { type: 'push', data: '/w==' },
    ]);
  });
});
