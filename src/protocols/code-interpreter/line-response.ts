import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { corkForTurn } from '../../streams/cork-for-turn.js';
import { oneATurn } from '../../streams/one-a-turn.js';
import type { Line } from './ascii-json.js';
import { KEEPALIVE } from './execution-lines.js';

/** Milliseconds in which the client's machine resets a closed connection. */
const PROBE = 50;

const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-cache',
  // Proxies would otherwise buffer lines.
  'X-Accel-Buffering': 'no',
};

/** A response of lines, streamed as they come, with keep-alive lines during silence. */
export class LineResponse {
  private readonly logger = new Logger('Fujian');
  private readonly left = new AbortController();
  private readonly silence: NodeJS.Timeout;
  /** Shared by all callers that wait for the drain. */
  private drained: Promise<unknown> | undefined;
  /** A long line, and the lines behind it. */
  private readonly waiting: Line[] = [];
  /** Settles when all that waits was written. */
  private underWay: Promise<void> | undefined;

  /** @param keepAlive milliseconds of silence before a keep-alive line. */
  constructor(
    private readonly response: ServerResponse,
    keepAlive: number,
  ) {
    this.silence = setTimeout(() => {
      this.signOfLife();
      this.silence.refresh();
    }, keepAlive);
    // After a FIN the client may have gone, or may still read (`nc -N`). The second keep-alive line
    // tells: a client that has gone resets the connection at the first.
    const { socket } = response;
    const probe = (): void => {
      this.signOfLife();
      this.silence.refresh();
      setTimeout(() => this.signOfLife(), PROBE);
    };
    socket?.once('end', probe);
    response.once('close', () => {
      clearTimeout(this.silence);
      socket?.removeListener('end', probe);
      if (!response.writableFinished) this.left.abort(new Error('The client hung up.'));
    });
    if (response.destroyed) this.left.abort(new Error('The client had hung up.'));
  }

  /** Aborted when the client hangs up. */
  get signal(): AbortSignal {
    return this.left.signal;
  }

  private signOfLife(): void {
    if (this.hasBegun && !this.response.writableEnded) this.write([KEEPALIVE]);
  }

  get hasBegun(): boolean {
    return this.response.headersSent;
  }

  /** Stops the keep-alive, as another handler sends the response. */
  leave(): void {
    clearTimeout(this.silence);
  }

  /** Sends the head, which fixes the status 200. */
  begin(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, HEADERS);
    this.response.flushHeaders();
  }

  write(lines: readonly Line[]): void {
    if (lines.length === 0 || this.response.destroyed) return;
    this.begin();
    this.silence.refresh();
    if (this.underWay || lines.some((line) => typeof line !== 'string')) {
      this.waiting.push(...lines);
      this.underWay ??= this.writeWaiting().catch((error: unknown) => {
        this.logger.error(error); // such as a lack of memory
        this.response.destroy();
      });
      return;
    }
    corkForTurn(this.response);
    for (const line of lines as readonly string[]) this.response.write(`${line}\n`);
  }

  /**
   * Returns a promise that settles once the client has drained the response. Returns undefined
   * without backpressure.
   */
  get ready(): Promise<unknown> | undefined {
    return this.underWay ?? this.untilDrained();
  }

  private async writeWaiting(): Promise<void> {
    for (let line = this.waiting.shift(); line !== undefined; line = this.waiting.shift()) {
      const pieces = typeof line === 'string' ? [line] : line.pieces;
      for await (const piece of oneATurn(pieces)) {
        if (this.response.destroyed) return;
        this.response.write(piece);
        await this.untilDrained();
      }
      this.response.write('\n');
    }
    this.underWay = undefined;
  }

  private untilDrained(): Promise<unknown> | undefined {
    if (!this.response.writableNeedDrain || this.signal.aborted) return undefined;
    this.drained ??= once(this.response, 'drain', { signal: this.signal })
      .catch(() => undefined)
      .finally(() => (this.drained = undefined));
    return this.drained;
  }

  /** Ends the response after all lines. */
  async end(): Promise<void> {
    clearTimeout(this.silence);
    await this.underWay;
    // On Node 22, a response that ends while it is corked loses its last chunks.
    if (this.response.writableCorked > 0) this.response.uncork();
    this.response.end();
  }
}
