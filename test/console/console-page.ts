import type { Browser, BrowserContextOptions, Frame, Locator, Page } from 'playwright-core';
import { newPage } from '../browser/chromium.js';
import type { TestService } from '../support/service.js';

/** The parts of a DOM element that are used here. */
interface Shown {
  querySelectorAll(selector: string): Iterable<{ readonly textContent: string }>;
}

/** The console in a browser, with a record of its errors. */
export class ConsolePage {
  /** Errors that the browser reports: refused content, exceptions, failed requests. */
  readonly complaints: string[] = [];
  /** Every address requested by the page, its frames and its sockets. */
  readonly addresses: string[] = [];

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => this.addresses.push(request.url()));
    page.on('websocket', (socket) => this.addresses.push(socket.url()));
  }

  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<ConsolePage> {
    const opened = new ConsolePage(await newPage(browser, options));
    await opened.page.goto(`${url}/console`);
    return opened;
  }

  /** Waits until the page knows the generation, so that it reports a new interpreter. */
  async knowsTheSession(): Promise<void> {
    await this.page.locator('.state[data-state=idle], .state[data-state=busy]').waitFor();
  }

  /** Waits for the frames: a request that begins after theirs has returned. */
  async settled(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      await this.page.evaluate('fetch("contexts").then((answer) => answer.text())');
      await this.page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))',
      );
    }
  }

  get editor(): Locator {
    return this.page.getByRole('textbox', { name: 'Python code' });
  }

  get lastCell(): Locator {
    return this.page.locator('.cell').last();
  }

  get connection(): Locator {
    return this.page.locator('.connection');
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  notice(text: string | RegExp): Locator {
    return this.page.locator('.notice', { hasText: text });
  }

  session(id: string): Locator {
    return this.page
      .getByRole('region', { name: 'Sessions' })
      .getByRole('listitem')
      .filter({
        has: this.page.getByText(id, { exact: true }),
      });
  }

  /** Types code into the editor literally, without completion or closing of brackets. */
  async type(code: string): Promise<void> {
    await this.editor.focus();
    await this.page.keyboard.insertText(code);
  }

  /** Starts code and returns its cell. */
  async start(code: string): Promise<Locator> {
    const before = await this.page.locator('.cell').count();
    await this.type(code);
    await this.button('Run').click();
    const cell = this.page.locator('.cell').nth(before);
    await cell.waitFor();
    return cell;
  }

  /** Runs code to its end. */
  async run(code: string): Promise<Locator> {
    const cell = await this.start(code);
    await this.ended(cell);
    return cell;
  }

  async ended(cell: Locator): Promise<void> {
    await cell
      .and(
        this.page.locator(
          '[data-state=done], [data-state=failed], [data-state=lost], [data-state=refused]',
        ),
      )
      .waitFor();
  }

  /** Waits until the output of a cell is these lines. */
  async shows(cell: Locator, lines: readonly string[]): Promise<void> {
    await this.page.waitForFunction(
      ([shown, expected]) => {
        const rows = Array.from((shown as Shown).querySelectorAll('.row'));
        const texts = rows.map(({ textContent }) => textContent.trimEnd());
        return JSON.stringify(texts) === expected;
      },
      [await cell.elementHandle(), JSON.stringify(lines)] as const,
    );
  }

  /** Returns the frame of a result when it has loaded. */
  async frameOf(cell: Locator): Promise<Frame> {
    const around = await cell.locator('.result-frame').last().elementHandle();
    const outer = await around?.contentFrame();
    const handle = await outer!.waitForSelector('iframe');
    const frame = (await handle.contentFrame())!;
    // The frame first loads an empty document.
    if (frame.url() !== 'about:srcdoc') await frame.waitForURL('about:srcdoc');
    await frame.waitForLoadState();
    return frame;
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** Restarts `main`, so that the next page finds no variables. */
export async function restartMain(service: TestService): Promise<void> {
  const { status } = await service.request('/contexts/main/restart', { method: 'POST' });
  if (status !== 200) throw new Error(`status ${status}`);
}

/** Returns Python code: a thread that waits for `go`, pushes this text to a listener, and prints. */
export function laterPush(text: string): string {
  return `
import threading, time
go = threading.Event()
def push():
    go.wait()
    while not FUJIAN_WS.is_open(): time.sleep(0.01)
    FUJIAN_WS.write_message(${JSON.stringify(text)})
    print("and printed")
threading.Thread(target=push).start()`;
}
