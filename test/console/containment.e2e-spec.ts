import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { chromiumPath, launchChromium } from '../browser/chromium.js';
import { requireOrSkip } from '../support/requirement.js';
import { TestService } from '../support/service.js';
import { ConsolePage } from './console-page.js';
import { aimedAt, ATTEMPTS, SCRIPTS } from './hostile-html.js';
import { Listener } from './listener.js';
import { requestsOf } from './requests-of.js';

/** In the scope `all`, every result has a fresh page. */
const IS_ALONE = inject('scope') === 'all';

declare function getComputedStyle(element: unknown): { readonly color: string };

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))('a hostile result', () => {
  let browser: Browser;
  let service: TestService;
  let listener: Listener;
  let page: ConsolePage;
  let requests: string[];
  /** Number of attempts. Each has an address of its own, which identifies late requests. */
  let attempts = 0;

  beforeAll(async () => {
    [browser, service, listener] = await Promise.all([
      launchChromium(),
      TestService.start(),
      Listener.start(),
    ]);
    requests = requestsOf(service);
    page = await ConsolePage.open(browser, service.url);
    await page.run('from IPython.display import HTML, SVG, Markdown');
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    listener?.stop();
  });
  // All results are in one page, where they have time until the end: unless one was not contained, or all are to be
  // alone.
  beforeEach(({ onTestFailed }) => onTestFailed(anew));
  beforeEach(async () => {
    if (IS_ALONE) await anew();
  });

  const anew = async (): Promise<void> => {
    await page.close();
    page = await ConsolePage.open(browser, service.url);
  };
  /** Shows HTML, and waits until the browser has processed it. */
  const show = async (html: string, kind = 'HTML'): Promise<void> => {
    const cell = await page.run(`${kind}(${JSON.stringify(html)})`);
    await cell.locator('.result-frame, img').waitFor();
    // In a shared page, the next result shows that the browser has processed this one.
    if (!IS_ALONE) return;
    await page.settled();
    await expectPageGoesOn();
  };
  const expectNobodyReached = () => {
    expect(listener.arrived).toEqual([]);
    expect(requests.filter((request) => /reached|POST \/$/.test(request))).toEqual([]);
  };
  /** Checks that the page is unchanged. */
  const expectPageAsItWas = async () => {
    expect(page.page.url()).toBe(`${service.url}/console`);
    expect(page.page.context().pages()).toHaveLength(1);
    expect(await page.page.title()).toBe('Fujian console');
  };
  const expectPageGoesOn = async () => {
    await expectPageAsItWas();
    await page.shows(await page.run('1 + 1'), ['2']);
  };

  it('would be noticed here, were it not contained', async () => {
    await fetch(listener.url).catch(() => undefined);
    await service.request('/contexts?seen');
    expect(listener.arrived.splice(0)).toEqual(['GET /reached HTTP/1.1']);
    expect(requests.splice(0)).toContain('GET /contexts?seen');
  });

  it('is shown, with its styles', async () => {
    const cell = await page.run(`HTML('<style>p { color: rgb(1, 2, 3) }</style><p>shown</p>')`);
    const shown = (await page.frameOf(cell)).getByText('shown');
    expect(await shown.evaluate((p) => getComputedStyle(p).color)).toBe('rgb(1, 2, 3)');
  });

  it.each(SCRIPTS)('runs no script: %s', async (html) => {
    await show(
      html.replaceAll('MARK', "parent.parent.document.title = top.document.title = 'marked'"),
    );
    await expectPageAsItWas();
  });

  it.each(ATTEMPTS)('reaches no host by %s', async (_, html) => {
    const mark = `/${++attempts}`;
    const targets = [listener.url + mark, `${service.url}/reached${mark}`];
    await show(targets.map((url) => aimedAt(url, html)).join(''));
    await expectPageAsItWas();
    expectNobodyReached();
  });

  it.each(['_self', '_parent', '_top', '_blank', 'other'])(
    'leads nowhere when a link to %s is followed',
    async (target) => {
      await page.run('HTML("<iframe name=other srcdoc=x></iframe>")');
      const link = `<a href="${service.url}/reached/${target}" target="${target}">follow</a>`;
      const cell = await page.run(`HTML(${JSON.stringify(link)})`);
      await (await page.frameOf(cell)).getByText('follow').click();
      await page.settled();
      await expectPageGoesOn();
      expectNobodyReached();
    },
  );

  it.each([
    [
      'SVG',
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="URL"/><script>fetch("URL")</script></svg>',
    ],
    ['Markdown', '![x](URL)\n\n<img src="URL"><script>fetch("URL")</script>\n\n[x](javascript:1)'],
  ])('is contained as %s too', async (kind, source) => {
    await show(aimedAt(`${listener.url}/${kind}`, source), kind);
    expectNobodyReached();
  });

  it('is text where it is text', async () => {
    const cell = await page.run(`print('<img src="${listener.url}"><b>x</b>')`);
    await page.shows(cell, [`<img src="${listener.url}"><b>x</b>`]);
    const failed = await page.run(`raise ValueError('<img src="${listener.url}">')`);
    expect(await failed.locator('img').count()).toBe(0);
    expect(listener.arrived).toEqual([]);
  });

  it('has reached no host in the end', async () => {
    await page.settled();
    await expectPageGoesOn();
    expectNobodyReached();
  });
});
