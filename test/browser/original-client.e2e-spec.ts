import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/requirement.js';
import { ADAPTERS, adaptersForClients, TestService } from '../support/service.js';
import { chromiumPath, EVIL_HOST, launchChromium, newPage } from './chromium.js';
import { CLIENT_PAGE, PageServer } from './page-server.js';
import { Wire } from './wire.js';

/** Origin of the pages of the original Fujian, which it allowed. */
const ORIGINAL_ORIGIN = 'http://localhost:8000';

/** The keys of `deliveries` in the page, and the first request of each. */
const DELIVERIES = [
  ['XMLHttpRequest', 'POST'],
  ['fetch without CORS', 'POST'],
  ['sendBeacon', 'POST'],
  ['form', 'POST'],
  ['WebSocket', 'GET'],
] as const;
type Delivery = (typeof DELIVERIES)[number][0];

interface Posted {
  readonly status: number;
  readonly reply: unknown;
}

/** The functions that original-client.html defines. */
declare function post(url: string, code: string): Promise<Posted>;
declare function open(url: string): Promise<'open' | 'closed'>;
declare function nextMessage(): Promise<string>;
declare const deliveries: Record<Delivery, (url: string, name: string) => Promise<unknown>>;
declare function loadAs(tag: string, url: string): Promise<'load' | 'error'>;
declare function addSandboxedFrame(): void;
declare const socket: { send(code: string): void };

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))('in a browser', () => {
  let directory: string;
  let browser: Browser;
  let localPages: PageServer;
  let evilPages: PageServer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fujian-pages-'));
    localPages = await PageServer.start();
    evilPages = await PageServer.start();
    browser = await launchChromium([`localhost:8000 127.0.0.1:${localPages.port}`]);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([localPages?.stop(), evilPages?.stop()]);
    rmSync(directory, { recursive: true });
  });

  describe.each(ADAPTERS)('on %s', (httpAdapter) => {
    let service: TestService;
    let wire: Wire;
    let page: Page;
    /** Address of the service in pages. */
    let url: string;
    /** The variable that the code of a page would set; each test has its own. */
    let name: string;
    let tests = 0;

    beforeAll(async () => {
      service = await TestService.start({ httpAdapter });
    });
    afterAll(() => service?.close());

    beforeEach(async () => {
      wire = await Wire.to(service.port);
      url = `http://localhost:${wire.port}/`;
      name = `delivered_${++tests}`;
      page = await newPage(browser);
    });
    afterEach(async () => {
      await page.close();
      await wire.cut();
    });

    /** Lets a page try a delivery, and returns the exchanges on the wire. */
    const deliver = async (from: Page | Frame, delivery: Delivery) => {
      const [exchange] = await Promise.all([
        wire.next(),
        from.evaluate(([way, ...args]) => deliveries[way](...args), [delivery, url, name] as const),
      ]);
      return exchange;
    };

    /** Returns whether any code of a page has run. */
    const hasRun = async () => {
      const { return: found } = await service.run(`fujian_return = "${name}" in globals()`);
      return found === 'True';
    };

    describe('the original client at http://localhost:8000', () => {
      beforeEach(() => page.goto(ORIGINAL_ORIGIN));

      it('runs code over XMLHttpRequest, and keeps what it has defined', async () => {
        const execute = (code: string) =>
          page.evaluate(([to, source]) => post(to, source), [url, code] as const);

        await execute('name = "Fú jiān"');
        expect(await execute('print(name); fujian_return = len(name)')).toEqual({
          status: 200,
          reply: { stdout: 'Fú jiān\n', stderr: '', return: '7' },
        });
      });

      it('reads the traceback of code that raises, and goes on', async () => {
        const answers = await page.evaluate(
          async (to) => [
            await post(to, 'print("before")\n1 / 0'),
            await post(to, 'print("after")'),
          ],
          url,
        );
        expect(answers).toEqual([
          {
            status: 400,
            reply: {
              stdout: 'before\n',
              stderr: '',
              return: '',
              traceback: expect.stringMatching(/^Traceback .*1 \/ 0.*ZeroDivisionError/s),
            },
          },
          { status: 200, reply: { stdout: 'after\n', stderr: '', return: '' } },
        ]);
      });

      it('runs code over a WebSocket, and is told only what there is to say', async () => {
        const answers = await page.evaluate(async (to) => {
          await open(to);
          for (const code of ['x = 6', '1 / 0', 'fujian_return = x * 7']) socket.send(code);
          return [JSON.parse(await nextMessage()), JSON.parse(await nextMessage())];
        }, url);

        expect(answers).toEqual([
          {
            stdout: '',
            stderr: '',
            return: '',
            traceback: expect.stringContaining('ZeroDivisionError'),
          },
          { stdout: '', stderr: '', return: '42' },
        ]);
      });

      it('is pushed messages, from code that came over HTTP and from a thread', async () => {
        const pushed = await page.evaluate(async (to) => {
          await open(to);
          await post(to, 'FUJIAN_WS.write_message({"from": "a request"})');
          const first = await nextMessage();
          await post(
            to,
            'import threading\n' +
              'threading.Thread(target=lambda: FUJIAN_WS.write_message("from a thread")).start()',
          );
          return [first, await nextMessage()];
        }, url);

        expect(pushed).toEqual(['{"from": "a request"}', 'from a thread']);
      });
    });

    describe('a page of this machine', () => {
      // Proves that the deliveries work at all, before foreign pages fail at them.
      it.each(DELIVERIES)('can deliver code by %s', async (delivery, method) => {
        await page.goto(ORIGINAL_ORIGIN);
        const exchange = await deliver(page, delivery);

        expect(exchange).toMatchObject({ method, origin: ORIGINAL_ORIGIN });
        expect(exchange.status).toBe(method === 'GET' ? 101 : 200);
        expect(await hasRun()).toBe(true);
      });
    });

    describe('a page from elsewhere', () => {
      it.each(DELIVERIES)('is refused by %s', async (delivery, method) => {
        const origin = `http://${EVIL_HOST}:${evilPages.port}`;
        await page.goto(`${origin}/`);

        expect(await deliver(page, delivery)).toMatchObject({ method, origin, status: 403 });
        expect(await hasRun()).toBe(false);
      });

      // An empty answer is a script without lines: that it loads would tell that the service runs.
      it.each(['script', 'link'])('cannot load a ping as a %s', async (tag) => {
        await page.goto(`http://${EVIL_HOST}:${evilPages.port}/`);
        const [exchange, outcome] = await Promise.all([
          wire.next(),
          page.evaluate(([as, from]) => loadAs(as, from), [tag, url] as const),
        ]);
        expect(exchange).toMatchObject({ method: 'GET', status: 200 });
        expect(outcome).toBe('error');
      });

      it('is not granted a preflight', async () => {
        await page.goto(`http://${EVIL_HOST}:${evilPages.port}/`);
        const [exchange, outcome] = await Promise.all([
          wire.next(),
          page.evaluate(
            ([to, name]) =>
              fetch(to, { method: 'POST', headers: { 'X-Any': '1' }, body: `${name} = 1` }).then(
                () => 'answered',
                () => 'refused',
              ),
            [url, name] as const,
          ),
        ]);

        expect(exchange).toMatchObject({ method: 'OPTIONS', status: 403 });
        expect(outcome).toBe('refused');
        expect(await hasRun()).toBe(false);
      });
    });

    describe.each(adaptersForClients().filter((one) => one === httpAdapter))(
      'any other page, on %s',
      () => {
        // DNS rebinding: the page comes from its own server, then its name leads to this machine.
        describe('a page whose own name has come to mean the service', () => {
          it.each(DELIVERIES)('is refused by %s', async (delivery, method) => {
            const origin = `http://${EVIL_HOST}:${wire.port}`;
            url = `${origin}/`;
            wire.leadTo(evilPages.port);
            await page.goto(url);
            wire.leadTo(service.port);

            expect(await deliver(page, delivery)).toMatchObject({ method, origin, status: 403 });
            expect(await hasRun()).toBe(false);
          });
        });

        describe('a page without a place', () => {
          it.each(DELIVERIES)('is refused by %s from a file', async (delivery, method) => {
            const file = join(directory, 'client.html');
            await copyFile(CLIENT_PAGE, file);
            await page.goto(pathToFileURL(file).href);

            expect(await deliver(page, delivery)).toMatchObject({
              method,
              origin: 'null',
              status: 403,
            });
            expect(await hasRun()).toBe(false);
          });

          it.each(DELIVERIES)(
            'is refused by %s from a sandboxed frame',
            async (delivery, method) => {
              await page.goto(ORIGINAL_ORIGIN);
              const [frame] = await Promise.all([
                page.waitForEvent('framenavigated', (navigated) => navigated !== page.mainFrame()),
                page.evaluate(() => addSandboxedFrame()),
              ]);
              await frame.waitForLoadState();

              expect(await deliver(frame, delivery)).toMatchObject({
                method,
                origin: 'null',
                status: 403,
              });
              expect(await hasRun()).toBe(false);
            },
          );
        });
      },
    );
  });
});
