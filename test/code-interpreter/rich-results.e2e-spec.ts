import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  errorIn,
  ExecuteCall,
  type Line,
  mainResultIn,
  printedIn,
  resultsIn,
  textIn,
} from '../support/execute-call.js';
import { Png } from '../support/png.js';
import { times } from '../support/property.js';
import { requireOrSkip } from '../support/requirement.js';
import { scientificPythons } from '../support/scientific-pythons.js';
import { TestService } from '../support/service.js';

const found = requireOrSkip('A Python with numpy and more', scientificPythons().length > 0);

describe.runIf(found).each(scientificPythons())('results of Python $version', ({ path }) => {
  let service: TestService;

  beforeAll(async () => {
    service = await TestService.start({ python: path, preload: ['matplotlib.pyplot', 'pandas'] });
  });
  afterAll(() => service.close());

  const lines = (code: string) => ExecuteCall.lines(service, code);

  /** Runs code that must not raise; returns its lines. */
  async function succeed(code: string): Promise<readonly Line[]> {
    const answer = await lines(code);
    const error = errorIn(answer);
    if (error) throw new Error(`unexpected: ${textIn(error, 'traceback')}`);
    return answer;
  }

  const results = async (code: string) => resultsIn(await succeed(code));

  async function onlyResult(code: string): Promise<Line> {
    const all = await results(code);
    expect(all).toHaveLength(1);
    return all[0]!;
  }

  describe('a plot', () => {
    beforeEach(async () => {
      await succeed('import matplotlib.pyplot as plt; assert not plt.get_fignums()');
    });

    it('is shown at the end, as a picture and as data', async () => {
      const result = await onlyResult(`fig, ax = plt.subplots(figsize=(4, 3), dpi=100)
ax.plot([1, 2, 3], [1, 4, 9], color="#ff0000", linewidth=5, label="squares")
ax.set(title="Growth", xlabel="n", ylabel="n²")
print("done")`);
      expect(result).toMatchObject({
        is_main_result: false,
        text: expect.stringMatching(/^<Figure/),
      });
      const png = Png.decode(result['png']);
      expect(Math.abs(png.width - 400)).toBeLessThan(60);
      expect(Math.abs(png.height - 300)).toBeLessThan(60);
      expect(png.count('ff0000')).toBeGreaterThan(500);
      expect(png.count('ffffff')).toBeGreaterThan(50_000);
      expect(png.count('000000')).toBeGreaterThan(50);
      expect(result['chart']).toMatchObject({
        type: 'line',
        title: 'Growth',
        x_label: 'n',
        y_label: 'n²',
        elements: [
          {
            label: 'squares',
            points: [
              [1, 1],
              [2, 4],
              [3, 9],
            ],
          },
        ],
      });
    });

    it('is closed then, and not shown again', async () => {
      await onlyResult('plt.plot([1])\nNone');
      expect(await results('plt.get_fignums()')).toMatchObject([{ text: '[]' }]);
    });

    it('that is also the value is shown once', async () => {
      const result = await onlyResult('fig = plt.figure(); plt.plot([1, 2]); fig');
      expect(result['is_main_result']).toBe(true);
      expect(Png.decode(result['png']).colours().size).toBeGreaterThan(2);
      expect(await onlyResult('fig')).toMatchObject({ is_main_result: true, png: result['png'] });
    });

    it('that is displayed is shown once', async () => {
      const result = await onlyResult('fig = plt.figure(); plt.plot([1, 2]); display(fig)');
      expect(result).toMatchObject({ is_main_result: false, png: expect.any(String) });
    });

    it('and another are two results', async () => {
      const two = await results(`for color in ("#ff0000", "#00ff00"):
  plt.figure(); plt.plot([1, 2], color=color, linewidth=9)`);
      const counts = two.map(({ png }) => {
        const picture = Png.decode(png);
        return ['ff0000', '00ff00'].map((colour) => picture.count(colour) > 500);
      });
      expect(counts).toEqual([
        [true, false],
        [false, true],
      ]);
    });

    it('is shown where plt.show() stands', async () => {
      const answer = await succeed(`print("before")
plt.plot([1, 2]); plt.show()
print("between")
plt.bar(["a"], [1]); plt.show()
print("after")
"value"`);
      const told = answer.map((line) =>
        line['png'] ? `${line.type} with a picture\n` : textIn(line),
      );
      expect(told.join('')).toBe(
        "before\nresult with a picture\nbetween\nresult with a picture\nafter\n'value'",
      );
      expect(resultsIn(answer).map(({ chart }) => (chart as { type?: string })?.type)).toEqual([
        'line',
        'bar',
        undefined,
      ]);
    });

    it('is shown when the code raises after it', async () => {
      const answer = await lines('plt.plot([1, 2])\n1 / 0');
      expect(resultsIn(answer)).toMatchObject([{ png: expect.any(String) }]);
      expect(errorIn(answer)).toMatchObject({ name: 'ZeroDivisionError' });
      expect(answer.at(-1)).toEqual({ type: 'end_of_execution' });
    });

    it('has its own background', async () => {
      const result = await onlyResult('plt.figure(facecolor="#123456"); plt.plot([1]);');
      expect(Png.decode(result['png']).count('123456')).toBeGreaterThan(1_000);
    });

    it('that cannot be drawn is an error, and is gone', async () => {
      const answer = await lines('plt.plot([1]); plt.title("$\\\\frac{$")\nNone');
      expect(errorIn(answer)).toMatchObject({ name: 'ValueError' });
      expect(errorIn(answer)!['traceback']).not.toContain('_fujian');
      expect(await results('plt.plot([1]); None')).toHaveLength(1);
    });

    it('in code of POST / is not shown, and breaks nothing', async () => {
      const { stdout, stderr } = await service.run('plt.plot([1, 2]); plt.show(); print("ok")');
      expect([stdout, stderr]).toEqual(['ok\n', '']);
      await service.run('plt.close("all")');
    });

    it('in a thread is shown', async () => {
      const all = await results(`import threading, warnings
warnings.simplefilter("ignore")
thread = threading.Thread(target=lambda: plt.plot([1, 2]))
thread.start(); thread.join()`);
      expect(all).toMatchObject([{ png: expect.any(String) }]);
    });

    it('of a subprocess is its own affair', async () => {
      const answer = await succeed(`import os, subprocess, sys
code = "import matplotlib; print(matplotlib.get_backend()); import matplotlib.pyplot as plt; plt.plot([1]); print('drawn')"
child = subprocess.run([sys.executable, "-c", code])
child.returncode, os.environ.get("MPLBACKEND")`);
      expect(mainResultIn(answer)?.['text']).toBe('(0, None)');
      expect(printedIn(answer)).toMatch(/^(?!.*fujian).*\ndrawn\n$/);
    });
  });

  describe('the data of', () => {
    it.each([
      [
        'lines',
        'plt.plot([1, 2], [3, 4], label="a")',
        'line',
        [
          {
            label: 'a',
            points: [
              [1, 3],
              [2, 4],
            ],
          },
        ],
      ],
      [
        'points',
        'plt.scatter([1, 2], [3, 4], label="a")',
        'scatter',
        [
          {
            label: 'a',
            points: [
              [1, 3],
              [2, 4],
            ],
          },
        ],
      ],
      [
        'bars',
        'plt.bar(["x", "y"], [3, 4], label="a")',
        'bar',
        [
          { label: 'x', value: 3, group: 'a' },
          { label: 'y', value: 4, group: 'a' },
        ],
      ],
      [
        'a pie',
        'plt.pie([1, 3], labels=["x", "y"])',
        'pie',
        [
          { label: 'x', angle: 90 },
          { label: 'y', angle: 270 },
        ],
      ],
      [
        'boxes',
        'plt.boxplot([1, 2, 3, 4, 100])',
        'box_and_whisker',
        [{ min: 1, first_quartile: 2, median: 3, third_quartile: 4, max: 4, outliers: [100] }],
      ],
    ])('%s', async (_, plot, type, elements) => {
      const { chart } = await onlyResult(`import matplotlib.pyplot as plt\n${plot}\nNone`);
      expect(chart).toMatchObject({ type, elements });
    });

    it('several axes', async () => {
      const { chart } = await onlyResult(`import matplotlib.pyplot as plt
fig, (a, b) = plt.subplots(1, 2)
a.plot([1, 2]); b.bar(["x"], [1]); None`);
      expect(chart).toMatchObject({
        type: 'superchart',
        elements: [{ type: 'line' }, { type: 'bar' }],
      });
    });
  });

  describe('a value', () => {
    it('that is an image of Pillow', async () => {
      const result = await onlyResult(
        'from PIL import Image; Image.new("RGB", (30, 20), (0, 0, 255))',
      );
      expect(result).toMatchObject({
        is_main_result: true,
        text: expect.stringMatching(/^<PIL\./),
      });
      const png = Png.decode(result['png']);
      expect([png.width, png.height, png.count('0000ff')]).toEqual([30, 20, 600]);
    });

    it('that is a DataFrame', async () => {
      const result = await onlyResult(`import pandas as pd
frame = pd.DataFrame({"name": ["ä", "b"], "n": [1, 2.5], "at": pd.to_datetime(["2024-01-02", None])})
frame`);
      expect(result['html']).toMatch(/<table[^]*<td>ä<\/td>/);
      expect(result['text']).toMatch(/name +n +at\n0 +ä +1\.0 2024-01-02\n/);
      expect(result['data']).toEqual({
        name: ['ä', 'b'],
        n: [1, 2.5],
        at: [expect.stringContaining('2024-01-02'), null],
      });
    });

    it('that is an array', async () => {
      const result = await onlyResult('import numpy as np; np.arange(3)');
      expect(result).toEqual({ type: 'result', text: 'array([0, 1, 2])', is_main_result: true });
    });

    it('that has a _repr_mimebundle_()', async () => {
      const result = await onlyResult(`class Both:
  def __repr__(self): return "plain"
  def _repr_html_(self): return "not asked for"
  def _repr_mimebundle_(self, include=None, exclude=None):
    return {"text/html": "<b>", "application/vnd.test+json": {"a": [1]}}, {"text/html": {"x": 1}}
Both()`);
      expect(result).toEqual({
        type: 'result',
        text: 'plain',
        html: '<b>',
        extra: { 'application/vnd.test+json': { a: [1] } },
        is_main_result: true,
      });
    });

    it.each([
      ['__repr__', 'KeyError', "'inner'", 'raise KeyError("inner")'],
      ['_repr_html_', 'ZeroDivisionError', 'division by zero', '1 / 0'],
    ])('whose %s() raises is an error of that name', async (method, name, value, statement) => {
      const code = `class Bad:\n  def ${method}(self): ${statement}\nBad()`;
      const answer = await lines(code);
      const error = errorIn(answer)!;
      expect(error).toMatchObject({ name, value });
      expect(error['traceback']).toMatch(new RegExp(`line 2, in ${method}\\n`));
      expect(error['traceback']).not.toContain('_fujian');
      expect(mainResultIn(answer)).toBeUndefined();
    });
  });

  it.each([
    ['HTML("<b>ä</b>")', { html: '<b>ä</b>' }],
    ['Markdown("# a")', { markdown: '# a' }],
    ['Latex("$x^2$")', { latex: '$x^2$' }],
    ['Math("x^2")', { latex: '$\\displaystyle x^2$' }],
    ['SVG("<?xml?><svg><g/></svg>")', { svg: '<svg><g/></svg>' }],
    ['JSON({"a": [1, None]})', { json: { a: [1, null] } }],
    ['Javascript("alert(1)")', { javascript: 'alert(1)' }],
    ['Pretty("as it is")', { text: 'as it is' }],
    [
      'Image(b"\\x89PNG\\r\\n\\x1a\\nrest")',
      { png: Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1').toString('base64') },
    ],
  ])('%s of IPython.display is there without IPython', async (call, members) => {
    const answer = await succeed(`from IPython.display import *\ndisplay(${call})\n${call}`);
    expect(resultsIn(answer)).toMatchObject([
      { ...members, is_main_result: false },
      { ...members, is_main_result: true },
    ]);
  });

  it('can be updated and cleared, in lines of their own', async () => {
    const answer = await succeed(`from IPython.display import clear_output
handle = display("one", display_id="progress")
handle.update("two")
update_display = __import__("IPython.display").display.update_display
update_display("three", display_id="progress")
clear_output(wait=True)
clear_output()`);
    expect(answer.slice(1, -1)).toEqual([
      { type: 'result', text: "'one'", is_main_result: false },
      { type: 'display_id', display_id: 'progress' },
      { type: 'update_display', display_id: 'progress', text: "'two'" },
      { type: 'update_display', display_id: 'progress', text: "'three'" },
      { type: 'clear_output', wait: true },
      { type: 'clear_output', wait: false },
    ]);
  });

  describe('that are large', () => {
    const [megabytesOfBytes, megabytesOfText] = [times(5, 20), times(10, 50)];

    it(`of ${megabytesOfBytes} MB arrive whole`, async () => {
      const size = megabytesOfBytes * 1_000_000;
      const { png } = await onlyResult(
        `display({"image/png": bytes(range(250)) * ${size / 250}}, raw=True)`,
      );
      const bytes = Buffer.from(png as string, 'base64');
      const pattern = Buffer.from(Array.from({ length: 250 }, (_, n) => n));
      expect(bytes.equals(Buffer.alloc(size, pattern))).toBe(true);
    });

    it('are followed by what comes after them', async () => {
      const answer = await succeed(`for n in range(4):
  print(n)
  display({"image/png": bytes(5_000_000)}, raw=True)
"end"`);
      const told = answer.map((line) => (line['png'] ? 'png\n' : textIn(line)));
      expect(told.join('')).toBe("0\npng\n1\npng\n2\npng\n3\npng\n'end'");
    });

    it(`do not lose any of ${megabytesOfText} MB of text`, async () => {
      const answer = await succeed(
        `for n in range(${megabytesOfText}): print(chr(97 + n % 26) * 1_000_000)`,
      );
      const text = printedIn(answer);
      const expected = Array.from({ length: megabytesOfText }, (_, n) =>
        String.fromCharCode(97 + (n % 26)).repeat(1_000_000),
      );
      expect(text === `${expected.join('\n')}\n`).toBe(true);
    });

    it('beyond the bound are left out, and say so', async () => {
      const code =
        'display({"image/png": bytes(128 * 1024 * 1024 + 1), "text/plain": "it"}, raw=True)';
      const result = await onlyResult(`${code}\nNone`);
      expect(result).toEqual({
        type: 'result',
        text: 'it\n[fujian: image/png of 134217729 bytes was left out; all forms together may have 134217728]',
        is_main_result: false,
      });
    });
  });
});
