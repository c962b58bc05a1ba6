import { setImmediate } from 'node:timers/promises';
import type { Output } from '../../errors/interpreter-death.js';
import type { InputQuestion, InputReply, OutputTexts, Submission } from '../engine/engine.js';
import type { ExecutionResult, InputHandler } from '../execution.js';
import { formIn, joinedOnDemand, unjoined } from '../joined-on-demand.js';
import { LongJson } from '../long-json.js';
import { byteSizeOf, LongText, piecesOf } from '../long-text.js';
import { type ObservedExecution, sizeOf } from '../observing/execution-observer.js';
import { StreamedText } from '../output-text.js';
import type { MimeBundle, Shown } from '../shown.js';
import type { ExecutionListener, StreamEvent } from '../stream-events.js';
import { described } from '../thrown.js';
import { Interruption } from './interruption.js';

/** Result of an execution; operations have a value, too. */
export interface OperationResult extends ExecutionResult {
  readonly value?: unknown;
}

/** Collects what an execution shows, up to a limit. */
export class ShownResults {
  readonly all: Shown[] = [];
  private kept = 0;

  /** @param limit bytes. */
  constructor(private readonly limit: number) {}

  add(shown: Shown): void {
    const size = 'data' in shown ? shownSize(shown.data) : 0;
    if (this.kept + size <= this.limit) {
      this.kept += size;
      this.all.push(shown);
      return;
    }
    const notice = `[fujian: ${size} bytes were not kept; FUJIAN_OUTPUT_LIMIT sets the limit of all that one execution shows, ${this.limit}]`;
    this.all.push({ ...shown, data: { 'text/plain': notice } } as Shown);
  }
}

function shownSize(data: MimeBundle): number {
  return Object.keys(data).reduce((sum, mimeType) => sum + formSize(formIn(data, mimeType)), 0);
}

function formSize(form: ReturnType<typeof formIn>): number {
  if (typeof form === 'string' || form instanceof LongText) return byteSizeOf(form);
  if (form instanceof LongJson) return form.size;
  return Buffer.isBuffer(form) ? form.length : JSON.stringify(form).length;
}

export interface ExecutionParameters {
  /** Milliseconds; 0 for no timeout. */
  readonly timeout: number;
  /** Milliseconds from an interrupt to the kill. */
  readonly interruptGrace: number;
  readonly onInput: InputHandler | undefined;
  /** Receives the events of the execution as they happen. */
  readonly listener: ExecutionListener | undefined;
  /** Bytes of shown data that the result keeps. */
  readonly outputLimit: number;
  /** Undefined if execution events have no subscribers. */
  readonly observed: ObservedExecution | undefined;
}

/** Aborts executions. */
export interface Aborting {
  abort(execution: PendingExecution, reason: unknown): void;
}

const STREAMS = ['stdout', 'stderr'] as const;

/** Execution whose caller waits for a result. */
export class PendingExecution {
  /** Settles once. */
  readonly result: Promise<OperationResult>;
  private settle!: { resolve(result: OperationResult): void; reject(error: unknown): void };
  /** The reason not to run the code, unless it has begun. */
  withdrawnFor: Error | undefined;
  readonly interruption = new Interruption(this);
  /** Bytes of streamed output. */
  private readonly streamed = { stdout: 0, stderr: 0 };
  private readonly text = { stdout: new StreamedText(), stderr: new StreamedText() };
  /** Events whose listener promise is pending (backpressure). */
  private behind = 0;
  /** Settles when long output from before the execution was told; events wait for it. */
  private earlier: Promise<void> | undefined;
  private count: number | undefined;
  private readonly shown: ShownResults;
  private isReleased = false;
  private dropped = 0;
  private release!: () => void;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));
  /** The error of a callback of the caller: the outcome, whatever the code does. */
  private failure: { readonly error: unknown } | undefined;
  /** Promises of callbacks, for which the outcome waits. Most executions have none. */
  private watched: Set<Promise<void>> | undefined;
  /** Stops the wait for callbacks. */
  private waitForNone: (() => void) | undefined;

  constructor(
    readonly submission: Submission,
    readonly parameters: ExecutionParameters,
    private readonly aborting: Aborting,
  ) {
    this.shown = new ShownResults(parameters.outputLimit);
    this.result = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
  }

  /** Streams output. A returned promise is backpressure for further output. */
  printed(stream: keyof Output, bytes: Buffer): Promise<void> | undefined {
    this.streamed[stream] += bytes.length;
    if (this.isReleased && this.behind > 0) {
      this.dropped += bytes.length;
      return undefined;
    }
    return this.print(stream, this.text[stream].add(bytes));
  }

  /** Streams output from before the execution: a piece a turn, as it may be long. */
  printEarlier(output: OutputTexts): void {
    if (typeof output.stdout === 'string' && typeof output.stderr === 'string') {
      for (const stream of STREAMS) void this.print(stream, output[stream] as string);
    } else {
      this.earlier = this.printPieces(output).then(() => void (this.earlier = undefined));
    }
  }

  private async printPieces(output: OutputTexts): Promise<void> {
    for (const stream of STREAMS) {
      for (const text of piecesOf(output[stream])) {
        if (this.isReleased && this.behind > 0) this.dropped += Buffer.byteLength(text);
        else if (text !== '') await this.tellNow({ type: stream, text });
        await setImmediate();
      }
    }
  }

  private print(stream: keyof Output, text: string): Promise<void> | undefined {
    return text === '' ? undefined : this.tell({ type: stream, text });
  }

  /** Sends an event to the listener. A returned promise is backpressure. */
  tell(event: StreamEvent): Promise<void> | undefined {
    if (!this.earlier) return this.tellNow(event);
    return this.earlier.then(() => this.tellNow(event));
  }

  private tellNow(event: StreamEvent): Promise<void> | undefined {
    const ready = this.readinessAfter(event);
    if (!ready) return undefined;
    this.behind += 1;
    const caughtUp = (): void => void (this.behind -= 1);
    return Promise.race([ready.then(caughtUp, caughtUp), this.released]);
  }

  private readinessAfter(event: StreamEvent): Promise<unknown> | undefined {
    if (this.failure) return undefined;
    try {
      const ready: unknown = this.parameters.listener?.(event, (result) =>
        this.outcomeWaitsFor(result),
      );
      if (!isThenable(ready)) return undefined; // JavaScript callers are not type-checked
      return Promise.resolve(ready).catch((error: unknown) => this.callbackFailed(error));
    } catch (error) {
      this.callbackFailed(error);
      return undefined;
    }
  }

  private outcomeWaitsFor(result: unknown): void {
    if (!isThenable(result)) return;
    const watched = (this.watched ??= new Set());
    const settled: Promise<void> = Promise.resolve(result).then(
      () => void watched.delete(settled),
      (error: unknown) => this.callbackFailed(error),
    );
    watched.add(settled);
  }

  /** Interrupts the code, as a callback of the caller has failed. The first error is the outcome. */
  callbackFailed(error: unknown): void {
    if (this.failure) return;
    this.failure = { error };
    this.aborting.abort(this, error);
  }

  began(count: number): void {
    this.count = count;
    void this.tell({ type: 'begin', count });
  }

  /** A returned promise is backpressure. */
  showed(shown: Shown): Promise<void> | undefined {
    if (!this.submission.streams) this.shown.add(shown);
    return this.tell(shown);
  }

  /** The members that only results of interactive code have. */
  get interactiveResult(): Pick<ExecutionResult, 'count' | 'shown'> {
    if (this.count === undefined) return {};
    return { count: this.count, ...(!this.submission.streams && { shown: this.shown.all }) };
  }

  /**
   * Ends backpressure, so that the execution can end. Output that a slow listener misses is
   * dropped.
   */
  waitNoMore(): void {
    this.isReleased = true;
    this.release();
    this.waitForNone?.();
  }

  /** Never rejects. */
  async answer({ prompt, isPassword }: InputQuestion): Promise<InputReply> {
    try {
      const line: unknown = await this.parameters.onInput?.({ prompt, isPassword });
      if (line === undefined || line === null) return { kind: 'end' };
      // JavaScript callers are not type-checked.
      if (typeof line !== 'string') {
        throw new TypeError(`onInput returned a ${typeof line} instead of a string`);
      }
      return { kind: 'line', line };
    } catch (error) {
      return { kind: 'failed', reason: described(error).message };
    }
  }

  end(result: OperationResult): void {
    this.afterEarlier(() => this.endNow(result));
  }

  fail(error: Error): void {
    this.afterEarlier(() => this.failNow(error));
  }

  private afterEarlier(act: () => void): void {
    if (this.earlier) void this.earlier.then(act);
    else act();
  }

  private endNow(result: OperationResult): void {
    this.endOutput();
    const { error } = result;
    const { observed } = this.parameters;
    observed?.ended(error, this.submission.streams ? this.streamed : sizeOf(result));
    const returned = unjoined(result, 'return');
    void this.tell(
      error ? { type: 'error', error } : joinedOnDemand({ type: 'result', return: returned }),
    );
    void this.tell({ type: 'done' });
    this.waitNoMore();
    // An interrupt is to end all waiting, and so is a failure.
    const waitsForNone = this.interruption.isInterrupted || this.failure !== undefined;
    if (waitsForNone || !this.watched?.size) this.resolve(result);
    else void this.ended(this.watched).then(() => this.resolve(result));
  }

  private async ended(callbacks: Iterable<Promise<void>>): Promise<void> {
    const stopped = new Promise<void>((resolve) => (this.waitForNone = resolve));
    await Promise.race([Promise.all(callbacks), stopped]);
  }

  private resolve(result: OperationResult): void {
    if (this.failure) this.settle.reject(this.failure.error);
    else this.settle.resolve(result);
  }

  private failNow(error: Error): void {
    this.endOutput();
    this.parameters.observed?.failed(error, this.submission.streams ? this.streamed : undefined);
    this.waitNoMore();
    this.settle.reject(this.failure ? this.failure.error : error);
  }

  private endOutput(): void {
    if (!this.submission.streams) return;
    for (const stream of STREAMS) void this.print(stream, this.text[stream].end());
    if (this.dropped > 0) {
      const text = `\n[fujian: ${this.dropped} bytes of output were dropped: the client had not read them when the code was interrupted]\n`;
      void this.tell({ type: 'stderr', text });
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
