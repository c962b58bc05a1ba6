import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../browser/chromium.js';
import { requireOrSkip } from '../support/requirement.js';
import { TestService } from '../support/service.js';
import { ConsolePage } from './console-page.js';
import { ATTEMPTS, SCRIPTS } from './hostile-html.js';
import { Listener } from './listener.js';
import { requestsOf } from './requests-of.js';

declare function getComputedStyle(element: unknown): { readonly color: string };

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))('a hostile result', () => {
  let browser: Browser;
  let service: TestService;
  let listener: Listener;
  let page: ConsolePage;
  let requests: string[];

  beforeAll(async () => {
    browser = await launchChromium();
    service = await TestService.start();
    requests = requestsOf(service);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });
  beforeEach(async () => {
    listener = await Listener.start();
    page = await ConsolePage.open(browser, service.url);
    await page.run('from IPython.display import HTML, SVG, Markdown');
  });
  afterEach(async () => {
    await page.close();
    listener.stop();
  });

  /** Shows HTML, and waits until the browser has had the time for what is in it. */
  const show = async (html: string, kind = 'HTML'): Promise<void> => {
    const cell = await page.run(`${kind}(${JSON.stringify(html)})`);
    await cell.locator('.result-frame, img').waitFor();
    await settled();
  };
  // A request of the page that begins after those of the frame, and comes back.
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await page.page.evaluate('fetch("contexts").then((answer) => answer.text())');
      await page.page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))',
      );
    }
  };

  it('is shown, with its styles', async () => {
    const cell = await page.run(`HTML('<style>p { color: rgb(1, 2, 3) }</style><p>shown</p>')`);
    const shown = (await page.frameOf(cell)).getByText('shown');
    expect(await shown.evaluate((p) => getComputedStyle(p).color)).toBe('rgb(1, 2, 3)');
  });

  it.each(SCRIPTS)('runs no script: %s', async (html) => {
    await show(
      html.replaceAll('MARK', "parent.parent.document.title = top.document.title = 'marked'"),
    );
    expect(await page.page.title()).toBe('Fujian console');
  });

  it('would be noticed here, were it not contained', async () => {
    await fetch(listener.url).catch(() => undefined);
    await service.request('/contexts?seen');
    expect(listener.arrived).toEqual(['GET /reached HTTP/1.1']);
    expect(requests).toContain('GET /contexts?seen');
  });

  it.each(ATTEMPTS)('reaches nobody by %s', async (_, html) => {
    requests.length = 0;
    const before = page.page.url();
    const at = (url: string) => html.replaceAll('URL', url).replaceAll('HOST', new URL(url).host);
    await show(at(listener.url) + at(`${service.url}/reached`));
    expect(listener.arrived).toEqual([]);
    expect(requests.filter((request) => /reached|POST \/$/.test(request))).toEqual([]);
    expect(page.page.url()).toBe(before);
    expect(page.page.context().pages()).toHaveLength(1);
    // Whoever was in the frame, the page is as it was.
    await page.shows(await page.run('1 + 1'), ['2']);
  });

  it.each(['_self', '_parent', '_top', '_blank', 'other'])(
    'leads nowhere by a link to %s that somebody follows',
    async (target) => {
      await page.run('HTML("<iframe name=other srcdoc=x></iframe>")');
      const link = `<a href="${service.url}/reached" target="${target}">follow</a>`;
      const cell = await page.run(`HTML(${JSON.stringify(link)})`);
      requests.length = 0;
      await (await page.frameOf(cell)).getByText('follow').click();
      await settled();
      expect(requests.filter((request) => request.includes('reached'))).toEqual([]);
      expect(page.page.context().pages()).toHaveLength(1);
      await page.shows(await page.run('1 + 1'), ['2']);
    },
  );

  it.each([
    [
      'SVG',
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="URL"/><script>fetch("URL")</script></svg>',
    ],
    ['Markdown', '![x](URL)\n\n<img src="URL"><script>fetch("URL")</script>\n\n[x](javascript:1)'],
  ])('is contained as %s too', async (kind, source) => {
    await show(source.replaceAll('URL', listener.url), kind);
    expect(listener.arrived).toEqual([]);
  });

  it('is text where it is text', async () => {
    const cell = await page.run(`print('<img src="${listener.url}"><b>x</b>')`);
    await page.shows(cell, [`<img src="${listener.url}"><b>x</b>`]);
    const failed = await page.run(`raise ValueError('<img src="${listener.url}">')`);
    expect(await failed.locator('img').count()).toBe(0);
    expect(listener.arrived).toEqual([]);
  });
});
