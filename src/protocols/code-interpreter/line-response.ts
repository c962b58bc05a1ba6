import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { corkForTurn } from '../../streams/cork-for-turn.js';
import { KEEPALIVE, type Line } from './execution-lines.js';

/** Milliseconds in which a machine answers that nobody is there. */
const PROBE = 50;

const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-cache',
  // Proxies would hold lines back until they have enough of them.
  'X-Accel-Buffering': 'no',
};

/** An answer of lines that are sent as they come, and of a sign of life where none comes. */
export class LineResponse {
  private readonly left = new AbortController();
  private readonly silence: NodeJS.Timeout;
  /** One for all that wait. */
  private drained: Promise<unknown> | undefined;

  /** @param keepAlive milliseconds of silence. */
  constructor(
    private readonly response: ServerResponse,
    keepAlive: number,
  ) {
    this.silence = setTimeout(() => {
      this.signOfLife();
      this.silence.refresh();
    }, keepAlive);
    // A client that has said that nothing more comes may have gone or may still read (`nc -N`): the second
    // line tells, as the first one is answered by a reset if it has gone.
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

  /** Somebody else answers. */
  leave(): void {
    clearTimeout(this.silence);
  }

  /** Sends the head: from now on there is no other status than 200. */
  begin(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, HEADERS);
    this.response.flushHeaders();
  }

  write(lines: readonly Line[]): void {
    if (lines.length === 0 || this.response.destroyed) return;
    this.begin();
    this.silence.refresh();
    corkForTurn(this.response);
    for (const line of lines) this.response.write(`${line}\n`);
  }

  /** Settles when the client has read enough for more; undefined if it has. */
  get ready(): Promise<unknown> | undefined {
    if (!this.response.writableNeedDrain || this.signal.aborted) return undefined;
    this.drained ??= once(this.response, 'drain', { signal: this.signal })
      .catch(() => undefined)
      .finally(() => (this.drained = undefined));
    return this.drained;
  }

  end(): void {
    clearTimeout(this.silence);
    this.response.end();
  }
}
