import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { chromiumPath, launchChromium, PATIENCE } from '../browser/chromium.js';
import { Png } from '../support/png.js';
import { requireOrSkip } from '../support/requirement.js';
import { anyScientificPython, scientificPythons } from '../support/scientific-pythons.js';
import { ADAPTERS, adaptersForClients, TestService } from '../support/service.js';
import { ConsolePage, laterPush, restartMain } from './console-page.js';

/** Globals of the browser. */
declare const document: { readonly activeElement: { readonly textContent: string } };
declare function getComputedStyle(element: unknown): { readonly color: string };
interface Picture {
  readonly width: number;
  decode(): Promise<void>;
}

/** Length of a flood in thousands of lines, most of which are dropped. */
const FLOOD = inject('scope') === 'all' ? 1500 : 100;
/** Timeout that only ends a hanging test. */
const PATIENTLY = { timeout: PATIENCE };
/** Milliseconds for which the editor accepts no completion after it has shown the list. */
const INTERACTION_DELAY = 75;

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined)).each(ADAPTERS)(
  'the console, on %s',
  (httpAdapter) => {
    let browser: Browser;
    let service: TestService;
    let page: ConsolePage;

    beforeAll(async () => {
      browser = await launchChromium();
      service = await TestService.start({ httpAdapter });
    });
    afterAll(async () => {
      await browser?.close();
      await service?.close();
    });

    beforeEach(async () => {
      await restartMain(service);
      page = await ConsolePage.open(browser, service.url);
      await page.knowsTheSession();
    });
    afterEach(async () => {
      const { complaints } = page;
      await page.close();
      expect(complaints).toEqual([]);
    });

    /** Returns the value of an expression in a session of the service. */
    const value = async (expression: string, id = 'main') => {
      const code = `fujian_return = ${expression}`;
      const path = `/contexts/${id}/exec`;
      return (await service.request(path, { method: 'POST', body: code })).json.return;
    };

    /** Returns the completions that the editor offers. */
    const options = () => page.page.locator('.cm-tooltip-autocomplete li');

    describe('runs code', () => {
      it('by Shift-Enter, and shows what it prints and its value', async () => {
        await page.type('print("hello")\n6 * 7');
        await page.page.keyboard.press('Shift+Enter');
        await page.shows(page.lastCell, ['hello', '42']);
        expect(await page.editor.textContent()).toBe('Python');
      });

      it('and shows what it prints before it ends', async () => {
        const cell = await page.start(
          'print("early", flush=True)\ninput_came = False\nwhile not input_came: pass',
        );
        await page.shows(cell, ['early']);
        expect(await cell.getAttribute('data-state')).toBe('running');
        await page.button('Interrupt').click();
        await page.ended(cell);
      });

      it('one after the other, and forgets what waits on an interrupt', async () => {
        const first = await page.start('print("runs", flush=True)\nwhile True: pass');
        const second = await page.start('second = 1');
        await page.shows(first, ['runs']);
        await page.button('Interrupt').click();
        await page.ended(first);
        await second.and(page.page.locator('[data-state=withdrawn]')).waitFor();
        expect(await first.locator('.error-headline').textContent()).toBe('KeyboardInterrupt');
        expect(await value('"second" in globals()')).toBe('False');
      });
    });

    describe('hears', () => {
      it('what Python pushes, during an execution and between two', async () => {
        const messages = page.page.getByRole('log', { name: 'Messages from Python' });
        await page.run('FUJIAN_WS.write_message({"progress": 0.5})');
        await messages.getByText('{"progress": 0.5}').waitFor();
        await page.run(laterPush('from a thread'));
        await service.request('/contexts/main/exec', { method: 'POST', body: 'go.set()' });
        await messages.getByText('from a thread').waitFor();
      });
    });

    describe('completes', () => {
      it('names of the session, and what they have', async () => {
        // Asks the service itself, since the page sends no request while it reads an execution.
        const body = 'spam_and_eggs = {"north": 1}';
        await service.request('/contexts/main/exec', { method: 'POST', body });
        await page.editor.focus();
        await page.page.keyboard.type('spam_');
        await options().filter({ hasText: 'spam_and_eggs' }).waitFor();
        await page.page.keyboard.press('Escape');
        await page.page.keyboard.type('and_eggs.');
        await options().filter({ hasText: 'setdefault' }).waitFor();
        const shown = await page.page.evaluate(() => Date.now());
        await page.page.keyboard.type('setd');
        await options().filter({ hasText: 'setdefault' }).waitFor();
        await page.page.waitForFunction((time) => Date.now() > time, shown + INTERACTION_DELAY);
        await page.page.keyboard.press('Enter');
        expect(await page.editor.textContent()).toBe('spam_and_eggs.setdefault');
      });
    });

    describe('has sessions', () => {
      it('that can be forked: the fork has the variables, and the parent stays as it was', async () => {
        await page.run('data = [1, 2]');
        await page.button('Fork').click();
        await page.notice('is a fork of “main”').waitFor();
        const fork = await page.page.locator('.chosen').textContent();
        await page.shows(await page.run('data.append(3); data'), ['[1, 2, 3]']);
        expect(await value('data')).toBe('[1, 2]');
        expect(await value('data', fork!)).toBe('[1, 2, 3]');
      });

      it('that can be restarted, and says that the variables are gone', async () => {
        await page.run('here = 1');
        await page.button('Restart').click();
        await page.page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
        await page.notice('“main” has a new interpreter: its variables are gone.').waitFor();
        expect(await value('"here" in globals()')).toBe('False');
      });

      it('and says why an interpreter ended, and that there is a new one', async () => {
        const cell = await page.run('import os; os._exit(3)');
        await cell.locator('.error-headline', { hasText: 'exit code 3' }).waitFor();
        await page.notice('“main” has a new interpreter').waitFor();
      });

      it('that are made, chosen and deleted, with state and memory', async () => {
        await page.page.getByLabel('Name of a new session').fill('lab');
        await page.button('New session').click();
        await page
          .session('lab')
          .locator('.facts', { hasText: /idle · [\d.]+ MB/ })
          .waitFor();
        await page.run('x = "in lab"');
        expect(await value('x', 'lab')).toBe('in lab');
        await page.session('main').getByRole('button').first().click();
        await page.shows(await page.run('"x" in globals()'), ['False']);
        await page.button('Delete session lab').click();
        await page.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
        await page.session('lab').waitFor({ state: 'detached' });
      });
    });

    describe.each(adaptersForClients().filter((one) => one === httpAdapter))(
      'with any adapter, here %s,',
      () => {
        it('keeps the page alive in a flood', async () => {
          const cell = await page.run(
            `for n in range(${FLOOD}):\n    print("\\n".join(f"line {n * 1000 + k} {'x' * 54}" for k in range(1000)))`,
          );
          await cell.locator('.row', { hasText: `line ${FLOOD * 1000 - 1} ` }).waitFor();
          expect(await cell.locator('.row').count()).toBe(2000);
          expect(await cell.locator('.dropped').textContent()).toBe(
            `${(FLOOD * 1000 - 2000).toLocaleString('en')} earlier lines are not shown`,
          );
        });

        describe('shows', () => {
          it('colours', async () => {
            const cell = await page.run('print("\\x1b[31mred\\x1b[0m and \\x1b[1mbold\\x1b[0m")');
            await page.shows(cell, ['red and bold']);
            const red = cell.locator('.ansi-color', { hasText: 'red' });
            expect(await red.evaluate((span) => getComputedStyle(span).color)).toBe(
              'rgb(179, 38, 30)',
            );
            expect(await cell.locator('.ansi-bold').textContent()).toBe('bold');
          });

          it('a progress bar in one line, with what is printed beside it', async () => {
            const cell = await page.run(
              'import sys\nfor done in range(0, 101, 10):\n' +
                '    bar = "#" * (done // 10)\n    sys.stderr.write(f"\\r{done:3}%|{bar:10}|")\n' +
                '    if done == 50: print("half")\n',
            );
            await page.shows(cell, ['100%|##########|', 'half']);
          });

          it('where it raised, and leads to the line in the cell', async () => {
            const first = await page.run('def ratio(a, b):\n    return a / b');
            const second = await page.run('x = 1\nratio(x, 0)');
            expect(await second.locator('.error-headline').textContent()).toBe(
              'ZeroDivisionError: division by zero',
            );
            expect(await second.locator('.place').allTextContents()).toEqual([
              'Cell 2, line 2',
              'Cell 1, line 2',
            ]);
            await second.getByRole('button', { name: 'Cell 1, line 2' }).click();
            const marked = first.locator('.code-row.marked');
            expect((await marked.textContent())?.trimEnd()).toBe('    return a / b');
            expect(await marked.evaluate((row) => row === document.activeElement)).toBe(true);
          });

          it('what was shown before anew', async () => {
            const cell = await page.run(
              'from IPython.display import HTML, clear_output, display\n' +
                'display("gone"); clear_output()\n' +
                'handle = display(HTML("<b>old</b>"), display_id=True)',
            );
            await page.run('handle.update(HTML("<b>new</b>"))');
            const shown = (await page.frameOf(cell)).locator('b');
            await shown.filter({ hasText: 'new' }).waitFor();
            expect(await cell.textContent()).not.toContain('gone ');
            expect(await cell.locator('.result').count()).toBe(1);
          });

          it('Markdown, formulas, SVG and JSON', async () => {
            const cell = await page.run(
              'from IPython.display import JSON, Latex, Markdown, SVG, display\n' +
                'display(Markdown("**bold** $x^2$"))',
            );
            const markdown = await page.frameOf(cell);
            expect(await markdown.locator('strong').textContent()).toBe('bold');
            expect(await markdown.locator('math msup').count()).toBe(1);

            const latex = await page.run('Latex(r"$\\frac{1}{2}$")');
            expect(await (await page.frameOf(latex)).locator('mfrac').count()).toBe(1);

            const svg = await page.run(
              "SVG(\"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='30'/>\")",
            );
            expect(
              await svg
                .locator('img')
                .evaluate((image) =>
                  (image as Picture).decode().then(() => (image as Picture).width),
                ),
            ).toBe(40);

            const json = await page.run('JSON({"a": [1]})');
            await page.shows(json, ['{', '  "a": [', '    1', '  ]', '}']);
          });

          it('as much of an HTML result as there is room for', async () => {
            const cell = await page.run(
              'from IPython.display import HTML\nHTML("<div style=\'height: 300px\'>tall</div>")',
            );
            await page.frameOf(cell);
            await page.page.waitForFunction(
              'document.querySelector(".result-frame").clientHeight > 300',
            );
            const huge = await page.run('HTML("<div style=\'height: 30000px\'>tall</div>")');
            await page.frameOf(huge);
            await page.page.waitForFunction(
              '[...document.querySelectorAll(".result-frame")].at(-1).clientHeight === 640',
            );
          });
        });

        it('completes words of what is typed while the session is busy', async () => {
          const cell = await page.start('print("runs", flush=True)\nwhile True: pass');
          await page.shows(cell, ['runs']);
          await page.type('a_long_word = 1\n');
          await page.page.keyboard.type('a_lo');
          await options().filter({ hasText: 'a_long_word' }).waitFor();
          await page.button('Interrupt').click();
          await page.ended(cell);
        });

        it('leaves a session as it is where somebody thinks better of it', async () => {
          await page.run('here = 1');
          await page.button('Restart').click();
          await page.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
          expect(await value('here')).toBe('1');
        });

        it('works without a mouse', async () => {
          const focused = () => page.page.evaluate(() => document.activeElement.textContent);
          await page.editor.focus();
          await page.page.keyboard.press('Tab');
          expect(await page.editor.textContent()).toBe('    ');
          // After Escape, the editor lets the focus go for two seconds: a busy machine may miss them.
          const leave = async () => {
            await page.page.keyboard.press('Escape');
            await page.page.keyboard.press('Shift+Tab');
            return focused();
          };
          await expect.poll(leave, PATIENTLY).toBe('Fork');
          await page.page.keyboard.press('Shift+Tab');
          expect(await focused()).toBe('Restart');
          await page.page.keyboard.press('Enter');
          expect(await page.page.getByRole('dialog').count()).toBe(1);
          await page.page.keyboard.press('Escape');
          await page.page.getByRole('dialog').waitFor({ state: 'detached' });
        });
      },
    );
  },
);

describe.runIf(
  requireOrSkip('Chromium', chromiumPath() !== undefined) &&
    requireOrSkip('numpy and its like', scientificPythons().length > 0),
)('the console, with pandas and matplotlib', () => {
  let browser: Browser;
  let service: TestService;
  let page: ConsolePage;

  beforeAll(async () => {
    browser = await launchChromium();
    service = await TestService.start({ python: anyScientificPython().path });
    page = await ConsolePage.open(browser, service.url);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  it('shows plots', async () => {
    const cell = await page.run(
      'import matplotlib.pyplot as plt\nplt.figure(facecolor="#00ff00")\n' +
        'plt.axes().set_facecolor("#ff0000")\nplt.axis()',
    );
    const image = cell.locator('img');
    await image.evaluate((one) => (one as Picture).decode());
    const pixels = Png.decode((await image.screenshot()).toString('base64'));
    expect(pixels.count('ff0000')).toBeGreaterThan(50_000);
    expect(pixels.count('00ff00')).toBeGreaterThan(30_000);
  });

  it('shows tables', async () => {
    const cell = await page.run(
      'import pandas as pd\npd.DataFrame({"n": [1, 2], "name": ["a", "b"]})',
    );
    const frame = await page.frameOf(cell);
    expect(await frame.locator('th').allTextContents()).toEqual(['', 'n', 'name', '0', '1']);
    expect(await frame.locator('td').allTextContents()).toEqual(['1', 'a', '2', 'b']);
  });

  it('causes no errors in the browser', () => expect(page.complaints).toEqual([]));
});
