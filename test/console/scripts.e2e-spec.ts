import type { Browser, Locator } from 'playwright-core';
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  onTestFinished,
} from 'vitest';
import { chromiumPath, launchChromium, PATIENCE } from '../browser/chromium.js';
import { Png } from '../support/png.js';
import { requireOrSkip } from '../support/requirement.js';
import { ADAPTERS, TestService } from '../support/service.js';
import { ConsolePage } from './console-page.js';
import { aimedAt, ATTEMPTS } from './hostile-html.js';
import { Listener } from './listener.js';
import { requestsOf } from './requests-of.js';

/** In the scope `all`, every attempt has a fresh page. */
const IS_ALONE = inject('scope') === 'all';
/** Timeout that only ends a hanging test. */
const PATIENTLY = { timeout: PATIENCE };

/** Globals of the browser. */
declare const document: { readonly activeElement: unknown };

const NOTE = 'This HTML has scripts, which have not been run.';
const DRAWING = `<canvas id="c" width="200" height="100"></canvas>
<script>c = document.getElementById('c').getContext('2d'); c.fillStyle = '#ff0000'; c.fillRect(0, 0, 200, 100)</script>`;

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))(
  'a result with scripts',
  () => {
    let browser: Browser;
    let service: TestService;
    let listener: Listener;
    let page: ConsolePage;
    let requests: string[];
    let numberOfRuns = 0;

    beforeAll(async () => {
      [browser, service, listener] = await Promise.all([
        launchChromium(),
        TestService.start(),
        Listener.start(),
      ]);
      requests = requestsOf(service);
      page = await open();
      await page.run('from IPython.display import HTML, display');
      await page.close();
    });
    afterAll(async () => {
      await browser?.close();
      await service?.close();
      listener?.stop();
    });
    const open = () => ConsolePage.open(browser, service.url);
    /** Opens a page for one test. */
    const openAlone = async () => {
      page = await open();
      onTestFinished(() => page.close());
    };

    const show = (html: string) => page.run(`HTML(${JSON.stringify(html)})`);
    const button = (cell: Locator) => cell.locator('.scripts-note button');
    const heightOf = async (of: Locator) => (await of.boundingBox())?.height;
    const logged = (text: string) =>
      page.page.waitForEvent('console', (message) => message.text() === text);
    /** Shows each HTML as a result of its own, and runs their scripts. */
    const run = async (...htmls: readonly string[]): Promise<Locator> => {
      const marks = htmls.map(() => `runs ${++numberOfRuns}`);
      const marked = htmls.map((html, n) => `<script>console.log("${marks[n]}")</script>${html}`);
      const cell = await page.run(
        marked.map((html) => `display(HTML(${JSON.stringify(html)}))`).join('\n'),
      );
      for (const [n, mark] of marks.entries()) {
        await Promise.all([logged(mark), button(cell).nth(n).click()]);
      }
      return cell;
    };
    /** Runs a script and returns its message. */
    const told = async (script: string): Promise<unknown> => {
      const [answer] = await Promise.all([
        page.page.waitForEvent('console', (message) => message.text().startsWith('told ')),
        run(
          `<script>tell = (what) => console.log('told ' + JSON.stringify(what));${script}</script>`,
        ),
      ]);
      return JSON.parse(answer.text().slice('told '.length));
    };
    const expectNobodyReached = () => {
      expect(listener.arrived).toEqual([]);
      expect(requests.filter((request) => /reached|POST \/$/.test(request))).toEqual([]);
    };
    /** Checks that the page is unchanged. */
    const expectPageAsItWas = () => {
      expect(page.page.url()).toBe(`${service.url}/console`);
      expect(page.page.context().pages()).toHaveLength(1);
    };
    const expectPageGoesOn = async () => {
      expectPageAsItWas();
      await page.shows(await page.run('1 + 1'), ['2']);
    };

    // All are made in one page, where they have time until the end: unless one has got out.
    describe('in a page with others', () => {
      let attempts = 0;
      const openShared = async () => {
        await page.close();
        page = await open();
      };
      beforeAll(openShared);
      afterAll(() => page?.close());
      beforeEach(async ({ onTestFailed }) => {
        onTestFailed(openShared);
        if (IS_ALONE) await openShared();
      });

      it.each(ATTEMPTS)('reaches no host by %s', async (_, html) => {
        // Each attempt has an address of its own, which identifies late requests.
        const mark = `/${++attempts}`;
        const targets = [listener.url + mark, `${service.url}/reached${mark}`];
        await run(...targets.map((url) => aimedAt(url, html)));
        // In a shared page, the next result shows that the page goes on.
        if (IS_ALONE) {
          await page.settled();
          await expectPageGoesOn();
        }
        expectPageAsItWas();
        expectNobodyReached();
      });

      it('has reached no host in the end', async () => {
        await page.settled();
        await expectPageGoesOn();
        expectNobodyReached();
      });
    });

    describe('in a page of its own', () => {
      beforeEach(openAlone);

      it.each([
        ['a script', '<script>1</script>', true],
        ['a handler', '<p onclick="1">x</p>', true],
        ['a document in a frame', '<iframe srcdoc="x"></iframe>', true],
        ['neither', '<style>p { color: red }</style><p title="onclick=">script</p>', false],
      ])('says that it has them: %s', async (_, html, has) => {
        const cell = await show(html);
        await cell.locator('.result-frame').waitFor();
        expect(await cell.getByText(NOTE).count()).toBe(has ? 1 : 0);
        expect(await button(cell).count()).toBe(has ? 1 : 0);
      });

      it('draws on request, by the keyboard too, and stops', async () => {
        await page.page.setViewportSize({ width: 1200, height: 1600 });
        const cell = await show(DRAWING);
        const other = await show(DRAWING);
        const pixels = async (of: Locator) => {
          await (await page.frameOf(of)).waitForSelector('canvas', { state: 'attached' });
          const picture = await of.locator('.result-frame').screenshot();
          return Png.decode(picture.toString('base64')).count('ff0000');
        };
        expect(await pixels(cell)).toBe(0);
        expect(await button(cell).getAttribute('aria-label')).toBe('Run scripts: Result of cell 1');

        await button(cell).focus();
        await page.page.keyboard.press('Enter');
        await cell
          .getByRole('status')
          .filter({ hasText: 'run, in a frame of their own' })
          .waitFor();
        await expect.poll(() => pixels(cell), PATIENTLY).toBe(20_000);
        expect(await pixels(other)).toBe(0);
        expect(await button(cell).evaluate((one) => one === document.activeElement)).toBe(true);

        await page.page.keyboard.press('Enter');
        await cell.getByText(NOTE).waitFor();
        expect(await pixels(cell)).toBe(0);
        expect(page.complaints).toEqual([]);
      });

      it('is not run when it is shown anew', async () => {
        const cell = await page.run(
          `handle = display(HTML(${JSON.stringify(DRAWING)}), display_id=True)`,
        );
        await button(cell).click();
        await cell.getByText('Stop scripts').waitFor();
        await page.run('handle.update(HTML("<p>anew</p><script>1</script>"))');
        await (await page.frameOf(cell)).getByText('anew').waitFor();
        expect(await cell.getByText(NOTE).count()).toBe(1);
      });

      it('has eval, handlers and workers', async () => {
        const answer = await told(`
        img = new Image();
        img.setAttribute('onerror', 'handled()');
        handled = () => {
          const code = new Blob(['postMessage(6 * 7)']);
          new Worker(URL.createObjectURL(code)).onmessage = ({ data }) => tell([eval('1 + 1'), data]);
        };
        img.src = 'data:,';`);
        expect(answer).toEqual([2, 42]);
      });

      it('has room for what is as tall as there is room', async () => {
        const cell = await run(
          '<div style="height: 100%"><canvas style="height: 100%"></canvas></div>' +
            '<script>addEventListener("resize", () => console.log("resized"))</script>',
        );
        const canvas = (await page.frameOf(cell)).locator('canvas');
        await expect.poll(() => heightOf(canvas), PATIENTLY).toBe(540);
        const [resized] = await Promise.all([
          logged('resized'),
          cell.locator('.result-frame').evaluate((one) => {
            (one as { style: { height: string } }).style.height = '304px';
          }),
        ]);
        expect(resized.type()).toBe('log');
        await expect.poll(() => heightOf(canvas), PATIENTLY).toBe(300);
      });

      it.each([
        [
          'speculation',
          '<script type="speculationrules">{"prefetch": [{"urls": ["URL"], "eagerness": "immediate"}], "prerender": [{"urls": ["URL"], "eagerness": "immediate"}]}</script>',
        ],
        [
          'its own address, the frame',
          '<script>location = "URL".replace("reached", "console/scripted-frame?reached")</script>',
        ],
        ['the frame around it', '<script>try { parent.location = "URL" } catch {}</script>'],
        [
          'the frames beside it',
          '<script>for (let i = 0; i < top.length; i++) try { top[i].location = "URL" } catch {}</script>',
        ],
        ['navigation', '<script>navigation.navigate("URL").finished.catch(() => 0)</script>'],
        [
          'a document of its own',
          `<script>location = URL.createObjectURL(new Blob(["<script>fetch('URL')</" + "script>"], { type: "text/html" }))</script>`,
        ],
        [
          'a worker of its own',
          '<script>new Worker("data:text/javascript,fetch(%22URL%22)")</script>',
        ],
        ['the history', '<script>history.go(-1); history.go(-2); history.back()</script>'],
      ])('goes nowhere by %s', async (_, html) => {
        await show('<p>another</p>');
        await run(aimedAt(`${service.url}/reached`, html));
        await page.settled();
        await expectPageGoesOn();
        expectNobodyReached();
      });

      it('has no origin, and so no access to the page or to stored data', async () => {
        const answer = await told(`
        const attempts = {
          page: () => top.document, around: () => parent.document, beside: () => top[0].document,
          element: () => frameElement.id, opener: () => opener.document,
          local: () => localStorage, session: () => sessionStorage, cookie: () => document.cookie,
          databases: () => indexedDB.open('x'), worker: () => navigator.serviceWorker.register('x'),
          window: () => open('about:blank').document,
        };
        const found = Object.entries(attempts).filter(([, attempt]) => {
          try { attempt(); return true } catch { return false }
        });
        tell([origin, found.map(([name]) => name), confirm('?'), typeof RTCPeerConnection]);`);
        expect(answer).toEqual(['null', [], false, 'undefined']);
      });

      it('is not listened to', async () => {
        requests.length = 0;
        await page.run('here = 1');
        await run(`<script>
        const said = [1, 'x', '<script>1<' + '/script>', { type: 'run', code: 'here = 2' }, ['here = 2'], null];
        for (const what of said)
          for (const whom of [top, parent, top[0], parent[0]]) {
            const { port1, port2 } = new MessageChannel();
            whom.postMessage(what, '*', [port2]);
          }
        new BroadcastChannel('x').postMessage(1);
      </script>`);
        await page.settled();
        expect(requests.filter((request) => request === 'POST /execute')).toHaveLength(2);
        await page.shows(await page.run('here'), ['1']);
        expect(await page.page.locator('.cell').count()).toBe(3);
        expect(page.complaints).toEqual([]);
      });

      it('may run for ever: the page goes on', async () => {
        const cell = await run('<script>setTimeout(() => { while (true); })</script>');
        await page.shows(await page.run('1 + 1'), ['2']);
        await button(cell).click();
        await cell.getByText(NOTE).waitFor();
      });
    });
  },
);

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined)).each(ADAPTERS)(
  'a result with scripts, where a token is required, on %s',
  (httpAdapter) => {
    it('runs them', async () => {
      const browser = await launchChromium();
      onTestFinished(() => browser.close());
      const service = await TestService.start({ httpAdapter, token: 'T0K', requireToken: true });
      onTestFinished(() => service.close());
      const page = await ConsolePage.open(browser, service.url);
      await page.page.getByLabel('Token').fill('T0K');
      await page.button('Sign in').click();
      const cell = await page.run(
        'from IPython.display import HTML\nHTML("<p></p><script>document.querySelector(`p`).append(6 * 7)</script>")',
      );
      await cell.getByRole('button', { name: 'Run scripts' }).click();
      await (await page.frameOf(cell)).locator('p', { hasText: '42' }).waitFor();
      expect(page.addresses.join('\n')).not.toContain('T0K');
    });
  },
);
