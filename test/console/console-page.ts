import type { Browser, BrowserContextOptions, Frame, Locator, Page } from 'playwright-core';

/** An element, in the browser. */
interface Shown {
  querySelectorAll(selector: string): Iterable<{ readonly textContent: string }>;
}

/** The console in a browser, and what went wrong in it. */
export class ConsolePage {
  /** What the browser complains of: refused content, exceptions, requests that failed. */
  readonly complaints: string[] = [];
  /** Every address that the page, its frames and its sockets asked for. */
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
    const opened = new ConsolePage(await browser.newPage(options));
    await opened.page.goto(`${url}/console`);
    return opened;
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

  /** Into the editor, as it stands: nothing is completed, no bracket closed. */
  async type(code: string): Promise<void> {
    await this.editor.focus();
    await this.page.keyboard.insertText(code);
  }

  /** Begins to run code. */
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

  /** The lines of a cell's output, when they have come to be these. */
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

  /** What is in the frame of a result. */
  async frameOf(cell: Locator): Promise<Frame> {
    const around = await cell.locator('.result-frame').last().elementHandle();
    const outer = await around?.contentFrame();
    const handle = await outer!.waitForSelector('iframe');
    const frame = await handle.contentFrame();
    await frame!.waitForLoadState();
    return frame!;
  }

  close(): Promise<void> {
    return this.page.close();
  }
}
