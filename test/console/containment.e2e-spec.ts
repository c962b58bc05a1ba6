import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../browser/chromium.js';
import { requireOrSkip } from '../support/requirement.js';
import { TestService } from '../support/service.js';
import { ConsolePage } from './console-page.js';

declare function getComputedStyle(element: unknown): { readonly color: string };

/** What a hostile result may try to reach the service, or anybody else, by. URL stands for an address. */
const ATTEMPTS: readonly (readonly [way: string, html: string])[] = [
  ['fetch', '<script>fetch("URL", { method: "POST", mode: "no-cors", body: "x" })</script>'],
  ['XMLHttpRequest', '<script>r = new XMLHttpRequest(); r.open("GET", "URL"); r.send()</script>'],
  ['a WebSocket', '<script>new WebSocket("URL".replace("http", "ws"))</script>'],
  ['an EventSource', '<script>new EventSource("URL")</script>'],
  ['sendBeacon', '<script>navigator.sendBeacon("URL", "x")</script>'],
  ['an image', '<img src="URL"><img srcset="URL 2x">'],
  ['an image of a script', '<script>new Image().src = "URL"</script>'],
  [
    'a picture of a style',
    '<style>body { background: url(URL) }</style><p style="background: url(URL)">x',
  ],
  ['an imported style', '<style>@import "URL";</style>'],
  ['a style sheet', '<link rel="stylesheet" href="URL">'],
  [
    'a font',
    '<style>@font-face { font-family: f; src: url(URL) } p { font-family: f }</style><p>x',
  ],
  ['a script', '<script src="URL"></script>'],
  [
    'WebRTC',
    '<script>p = new RTCPeerConnection({ iceServers: [{ urls: "turn:HOST?transport=tcp", username: "u", credential: "c" }] }); p.createDataChannel("x"); p.createOffer().then((o) => p.setLocalDescription(o))</script>',
  ],
  ['an early connection', '<link rel="preconnect" href="URL"><link rel="dns-prefetch" href="URL">'],
  [
    'a script that has the nonce',
    '<script>s = document.createElement("script"); s.nonce = document.currentScript.nonce; s.src = "URL"; document.body.append(s)</script>',
  ],
  [
    'a style sheet that has the nonce',
    '<script>s = document.createElement("link"); s.nonce = document.currentScript.nonce; s.rel = "stylesheet"; s.href = "URL"; document.body.append(s)</script>',
  ],
  ['an imported module', '<script>import("URL")</script>'],
  ['a worker', '<script>new Worker(URL.createObjectURL(new Blob(["fetch(\'URL\')"])))</script>'],
  ['a frame', '<iframe src="URL"></iframe>'],
  ['a frame in a frame', `<iframe srcdoc="<script>fetch('URL')</script><img src='URL'>"></iframe>`],
  ['an object', '<object data="URL"></object><embed src="URL">'],
  ['a film', '<video src="URL" poster="URL" autoplay></video><audio src="URL" autoplay></audio>'],
  ['a form', '<form action="URL" method="post"></form><script>document.forms[0].submit()</script>'],
  [
    'a button of a form',
    '<form action="URL"><button id="b">x</button></form><script>b.click()</script>',
  ],
  ['its own address', '<script>location = "URL"</script>'],
  ['a refresh', '<meta http-equiv="refresh" content="0; url=URL">'],
  ['a link', '<a id="a" href="URL">x</a><script>a.click()</script>'],
  [
    'a link of the whole window',
    '<a id="a" href="URL" target="_top">x</a><script>a.click()</script>',
  ],
  ['the address of the whole window', '<script>try { top.location = "URL" } catch {}</script>'],
  [
    'a new window',
    '<script>open("URL")</script><a id="a" href="URL" target="_blank">x</a><script>a.click()</script>',
  ],
  ['a base', '<base href="URL"><img src="x"><script src="y"></script>'],
  ['prefetching', '<link rel="prefetch" href="URL"><link rel="prerender" href="URL">'],
  [
    'preloading',
    '<link rel="preload" as="script" href="URL"><link rel="modulepreload" href="URL">',
  ],
  ['a manifest, an icon', '<link rel="manifest" href="URL"><link rel="icon" href="URL">'],
  ['a ping', '<a id="a" href="#" ping="URL">x</a><script>a.click()</script>'],
  ['SVG', '<svg><image href="URL"/><use href="URL#x"/><script href="URL"></script></svg>'],
  [
    'a report',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; report-uri URL"><img src="data:,">',
  ],
  ['a handler', '<img src="data:," onerror="fetch(\'URL\')"><body onload="fetch(\'URL\')">'],
  [
    'an address of scripts',
    '<a id="a" href="javascript:fetch(\'URL\')">x</a><script>a.click()</script>',
  ],
  [
    'the end of its document',
    '</body></html><img src="URL"></iframe><script>fetch("URL")</script>',
  ],
];

/** Ways to have a script run, which would leave a mark. */
const SCRIPTS = [
  '<script>MARK</script>',
  '<script type="module">MARK</script>',
  '<svg><script>MARK</script></svg>',
  '<svg onload="MARK"></svg>',
  '<img src="x:" onerror="MARK">',
  '<body onload="MARK"><b onfocus="MARK" tabindex="0" autofocus>x</b>',
  '<details open ontoggle="MARK">x</details>',
  '<template shadowrootmode="open"><script>MARK</script></template>',
  '<math><annotation-xml encoding="text/html"><script>MARK</script></annotation-xml></math>',
  '<iframe srcdoc="<script>MARK</script>"></iframe>',
  '<iframe src="javascript:MARK"></iframe>',
  '<noscript><p title="</noscript><script>MARK</script>">',
] as const;

/** Notes whatever arrives, down to a connection. */
class Listener {
  readonly arrived: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        this.arrived.push(bytes.toString('latin1').split('\r\n', 1)[0]!);
        socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
      });
    });
  }

  static async start(): Promise<Listener> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Listener(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/reached`;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe.runIf(requireOrSkip('Chromium', chromiumPath() !== undefined))('a hostile result', () => {
  let browser: Browser;
  let service: TestService;
  let listener: Listener;
  let page: ConsolePage;
  /** Of the service, by whoever: `METHOD /path`. */
  const requests: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    service = await TestService.start();
    const note = (request: { method?: string; url?: string }): void => {
      requests.push(`${request.method} ${request.url}`);
    };
    const http = service.service.app.getHttpServer();
    http.prependListener('request', note);
    http.prependListener('upgrade', note);
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
