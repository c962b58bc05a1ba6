import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chromiumPath, EVIL_HOST, launchChromium } from '../browser/chromium.js';
import { requireOrSkip } from '../support/requirement.js';
import { ADAPTERS, TestService } from '../support/service.js';
import { ConsolePage, laterPush } from './console-page.js';
import { requestsOf } from './requests-of.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))('the console', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  const start = async (settings: Parameters<typeof TestService.start>[0]) => {
    const service = await TestService.start(settings);
    onTestFinished(() => service.close());
    return service;
  };
  const open = async (service: TestService, options = {}) => {
    const page = await ConsolePage.open(browser, service.url, options);
    onTestFinished(() => page.close());
    return page;
  };

  describe.each(ADAPTERS)('where a token is required, on %s', (httpAdapter) => {
    const TOKEN = 'T0K-S3CRET';

    it('asks for it, works with it, and puts it into no address', async () => {
      const service = await start({ httpAdapter, token: TOKEN, requireToken: true });
      const requests = requestsOf(
        service,
        ({ url, rawHeaders }) => `${url} ${rawHeaders.join(' ')}`,
      );
      const page = await open(service);
      const field = page.page.getByLabel('Token');

      await field.fill('wrong');
      await page.button('Sign in').click();
      await page.page.getByRole('alert').getByText('The token is not the right one').waitFor();
      await field.fill(TOKEN);
      await field.press('Enter');
      await page.shows(await page.run('6 * 7'), ['42']);
      await page.run(laterPush('pushed'));
      await page.run('go.set()');
      await page.page.getByRole('log').getByText('pushed').waitFor();

      // A reload needs no new one; another window does.
      await page.page.reload();
      await page.shows(await page.run('go.is_set()'), ['True']);
      const other = await open(service);
      await other.page.getByLabel('Token').waitFor();

      expect([...page.addresses, page.page.url()].join('\n')).not.toContain(TOKEN);
      expect(requests.map((request) => request.split(' ', 1)[0]).join('\n')).not.toContain(TOKEN);
      expect(requests.some((request) => request.includes(`fujian.token.${TOKEN}`))).toBe(true);
      expect(requests.some((request) => request.includes(`Bearer ${TOKEN}`))).toBe(true);
      expect(page.complaints.filter((text) => !/status of 401/.test(text))).toEqual([]);
    });

    it('asks again after what cannot be a token', async () => {
      const page = await open(await start({ httpAdapter, token: TOKEN, requireToken: true }));
      await page.page.getByLabel('Token').fill('€');
      await page.button('Sign in').click();
      await page.page.getByRole('alert').filter({ hasText: /token/i }).waitFor();
      await page.page.getByLabel('Token').fill(TOKEN);
      await page.button('Sign in').click();
      await page.editor.waitFor();
    });

    it('asks again, once, when the token is another one', async () => {
      const service = await TestService.start({ httpAdapter, token: TOKEN, requireToken: true });
      const { port } = service;
      const page = await open(service);
      await page.page.getByLabel('Token').fill(TOKEN);
      await page.button('Sign in').click();
      await page.editor.waitFor();
      await service.close();
      await start({ httpAdapter, port, token: 'another', requireToken: true });

      await page.page.getByLabel('Token').waitFor();
      // A late refusal arrives while the page asks.
      await page.page.evaluate('dispatchEvent(new Event("online"))');
      for (let round = 0; round < 3; round++) {
        await page.page.evaluate('fetch("contexts").then((answer) => answer.text())');
      }
      expect(await page.page.locator('.sign-in').count()).toBe(1);

      await page.page.getByLabel('Token').fill('another');
      await page.button('Sign in').click();
      await page.shows(await page.run('6 * 7'), ['42']);
    });
  });

  it('says that the connection is lost, connects again, and says that the variables are gone', async () => {
    const service = await TestService.start();
    const { port } = service;
    const page = await open(service);
    await page.knowsTheSession();
    const cell = await page.start('here = 1\nprint("runs", flush=True)\nwhile True: pass');
    await page.shows(cell, ['runs']);
    const closing = service.close();
    await page.connection.and(page.page.locator('[data-state=lost]')).waitFor();
    expect(await page.connection.textContent()).toBe('Connection lost. Trying again…');
    expect(await page.connection.getAttribute('role')).toBe('status');
    await page.ended(cell);
    await closing;

    await start({ port });
    await page.connection.and(page.page.locator('[data-state=connected]')).waitFor();
    await page.notice('Connected again.').waitFor();
    await page.notice('“main” has a new interpreter: its variables are gone.').waitFor();
    await page.shows(await page.run('"here" in globals()'), ['False']);
    // The WebSocket has reconnected too.
    await page.run(`${laterPush('again')}\ngo.set()`);
    await page.page.getByRole('log').getByText('again').waitFor();
  });

  it('says why it is refused, and goes on when it is not any more', async () => {
    const allowedHosts = [EVIL_HOST];
    const service = await TestService.start({ allowedHosts });
    const { port } = service;
    const page = await ConsolePage.open(browser, `http://${EVIL_HOST}:${port}`);
    onTestFinished(() => page.close());
    await page.session('main').waitFor();
    await service.close();
    const other = await TestService.start({ port });
    await page.connection.filter({ hasText: `${EVIL_HOST}:${port}` }).waitFor();
    expect(await page.connection.textContent()).toMatch(
      /^Refused\. .*FUJIAN_HOSTS.* Trying again…$/,
    );
    const cell = await page.run('1');
    expect(await cell.locator('.cell-state').textContent()).toBe('refused');
    expect(await cell.textContent()).toContain('FUJIAN_HOSTS');
    await other.close();

    await start({ port, allowedHosts });
    await page.connection.and(page.page.locator('[data-state=connected]')).waitFor();
  });

  it('stays with a fork, though it hears of the time before', async () => {
    const page = await open(await start({}));
    await page.session('main').waitFor();
    let answer!: () => Promise<void>;
    await new Promise<void>((asked) => {
      const hold = async (route: Route): Promise<void> => {
        const response = await route.fetch();
        answer = () => route.fulfill({ response });
        asked();
      };
      void page.page.route('**/contexts', hold, { times: 1 });
    });
    await page.button('Fork').click();
    await page.notice('is a fork of “main”').waitFor();
    await answer();
    await page.page.evaluate('fetch("contexts").then((answer) => answer.text())');
    const fork = (await page.page.locator('.chosen').textContent())!;
    await page.session(fork).waitFor();
    expect(await page.notice('no longer exists').count()).toBe(0);
    expect(await page.page.locator('.chosen').textContent()).toBe(fork);
  });

  describe('is accessible', () => {
    const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
      [1200, 400].map((width) => ({ colorScheme, width })),
    );
    let service: TestService;
    let guarded: TestService;
    let page: ConsolePage;

    beforeAll(async () => {
      service = await TestService.start();
      guarded = await TestService.start({ token: 'T0K', requireToken: true });
      page = await ConsolePage.open(browser, service.url);
      await page.run(
        'from IPython.display import HTML\nprint("\\x1b[31mred \\x1b[92mgreen\\x1b[0m")\n' +
          'import sys; print("to stderr", file=sys.stderr)\nHTML("<table><tr><td>1</td></tr></table>")',
      );
      await page.run('HTML("<p>text</p><script>1</script>")');
      const scripted = await page.run('HTML("<p>text</p><script>1</script>")');
      await page.button('Run scripts: Result of cell 3').click();
      await (await page.frameOf(scripted)).getByText('text').waitFor();
      await page.run(
        'def f(a: int) -> str:\n    """Text."""  # comment\n    return True, 1.5, f"{a}"\nf(1)/0',
      );
      await page.run('FUJIAN_WS.write_message("message")');
      await page.page.getByLabel('Name of a new session').fill('lab');
      await page.button('New session').click();
      await page.session('lab').locator('.facts', { hasText: 'idle' }).waitFor();
    });
    afterAll(async () => {
      await page?.close();
      await service?.close();
      await guarded?.close();
    });

    it.each(LOOKS)('in $colorScheme, $width wide', async ({ colorScheme, width }) => {
      await page.page.emulateMedia({ colorScheme });
      await page.page.setViewportSize({ width, height: 800 });
      await page.button('Restart').click();
      await page.page.getByRole('dialog').waitFor();
      expect(await findings(page)).toEqual([]);
      await page.button('Cancel').click();
      await page.editor.focus();
      await page.page.keyboard.press('Control+A');
      await page.page.keyboard.type('pri');
      await page.page.locator('.cm-tooltip-autocomplete').waitFor();
      expect(await findings(page)).toEqual([]);
    });

    it.each(['light', 'dark'] as const)('in %s when it asks for the token', async (colorScheme) => {
      const asking = await open(guarded, { colorScheme });
      await asking.page.getByLabel('Token').waitFor();
      expect(await findings(asking)).toEqual([]);
    });
  });

  /** Returns the serious and critical findings of axe. */
  async function findings({ page }: ConsolePage): Promise<string[]> {
    // Evaluates axe through the debugger, as the page's policy blocks injected scripts.
    await page.evaluate(AXE);
    return page.evaluate(
      `axe.run().then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
    );
  }
});
