import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../browser/chromium.js';
import { TestService } from '../support/service.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('the page of the API at /docs', () => {
  let browser: Browser;
  let open: TestService;
  let closed: TestService;
  let page: Page;
  let requests: { url: string; authorization: string | undefined }[];
  let complaints: string[];

  beforeAll(async () => {
    [browser, open, closed] = await Promise.all([
      launchChromium(),
      TestService.start(),
      TestService.start({ token: 'T0K', requireToken: true }),
    ]);
  });
  afterAll(() => Promise.all([browser.close(), open.close(), closed.close()]));

  beforeEach(async () => {
    page = await browser.newPage();
    requests = [];
    complaints = [];
    page.on('request', (request) => {
      requests.push({ url: request.url(), authorization: request.headers()['authorization'] });
    });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterEach(() => page.close());

  const show = async (service: TestService): Promise<void> => {
    await page.goto(`${service.url}/docs`);
  };
  const routes = () => page.locator('.opblock');
  const route = (path: string) =>
    routes()
      .filter({ has: page.locator(`[data-path="${path}"]`) })
      .first();
  const tryOut = async (path: string): Promise<void> => {
    const tried = route(path);
    await tried.locator('.opblock-summary-control').click();
    await tried.getByRole('button', { name: 'Try it out' }).click();
    await tried.getByRole('button', { name: 'Execute' }).click();
    await tried
      .locator('.live-responses-table .response-col_status')
      .filter({ hasText: '200' })
      .waitFor();
  };

  it('shows every route and the WebSockets, and asks nobody but the service', async () => {
    await show(open);
    await routes().first().waitFor();
    await page.getByRole('heading', { name: 'WebSockets' }).waitFor();
    const { paths } = (await open.request('/openapi.json')).json as unknown as {
      paths: Record<string, object>;
    };
    const described = Object.values(paths).flatMap((operations) => Object.keys(operations));
    expect(await routes().count()).toBe(described.length);
    await tryOut('/health');
    const others = requests.filter(
      ({ url }) => !/^(data|blob):/.test(url) && !url.startsWith(open.url),
    );
    expect(others).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('asks for the token where it is required, and sends it along, never in a URL', async () => {
    await show(closed);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'not the right one' }).waitFor();
    expect(await routes().count()).toBe(0);

    await page.getByLabel('Token').fill('T0K');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await routes().first().waitFor();
    await tryOut('/contexts');

    const tried = requests.filter(({ url }) => url === `${closed.url}/contexts`);
    expect(tried).toEqual([{ url: `${closed.url}/contexts`, authorization: 'Bearer T0K' }]);
    expect(requests.filter(({ url }) => url.includes('T0K'))).toEqual([]);
    expect(await page.locator('.curl-command').innerText()).not.toContain('T0K');
  });

  it.each(['light', 'dark'] as const)('has no serious barrier, in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await show(open);
    await routes().first().waitFor();
    for (const path of ['/execute', '/contexts/{id}/exec', '/contexts/{id}']) {
      await route(path).locator('.opblock-summary-control').click();
    }
    await page.evaluate(AXE);
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    const serious = violations.filter(
      ({ impact }) => impact === 'serious' || impact === 'critical',
    );
    expect(
      serious.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join('\n')}`,
      ),
    ).toEqual([]);
  });
});
