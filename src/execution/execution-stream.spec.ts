import { describe, expect, it } from 'vitest';
import type { StreamEvent, ExecutionListener } from './stream-events.js';
import { ExecutionStream } from './execution-stream.js';

const out = (text: string): StreamEvent => ({ type: 'stdout', text });

/** Source of events that emits and ends when the test says. */
class Source {
  runs = 0;
  tell!: (event: StreamEvent) => Promise<unknown> | undefined;
  readonly watched: unknown[] = [];
  signal!: AbortSignal;
  end!: () => void;
  fail!: (error: Error) => void;

  readonly run = (listener: ExecutionListener, signal: AbortSignal): Promise<unknown> => {
    this.runs += 1;
    this.tell = (event) => listener(event, (result) => this.watched.push(result));
    this.signal = signal;
    return new Promise<void>((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  };
}

async function isSettled(promise: Promise<unknown> | undefined): Promise<boolean> {
  let settled = false;
  void promise?.then(() => (settled = true));
  await new Promise(setImmediate);
  return settled;
}

describe('ExecutionStream, subscribed to,', () => {
  it('starts with each subscriber, emits the events, and completes at the end', async () => {
    const source = new Source();
    const stream = new ExecutionStream(source.run);
    expect(source.runs).toBe(0);
    const told: unknown[] = [];
    stream.subscribe({ next: (event) => told.push(event), complete: () => told.push('complete') });
    void source.tell(out('a'));
    source.end();
    await new Promise(setImmediate);
    expect(told).toEqual([out('a'), 'complete']);
    expect(source.signal.aborted).toBe(true); // no effect: the execution has ended
    stream.subscribe().unsubscribe();
    expect(source.runs).toBe(2);
  });

  it('fails if the execution fails', async () => {
    const source = new Source();
    const failed = new Promise((resolve) => {
      new ExecutionStream(source.run).subscribe({ error: resolve });
    });
    source.fail(new Error('died'));
    await expect(failed).resolves.toMatchObject({ message: 'died' });
  });

  it('interrupts the execution at the unsubscription, and emits nothing more', () => {
    const source = new Source();
    const told: unknown[] = [];
    const subscription = new ExecutionStream(source.run).subscribe((event) => told.push(event));
    subscription.unsubscribe();
    expect(source.signal.aborted).toBe(true);
    void source.tell(out('late'));
    expect(told).toEqual([]);
  });

  it('applies the backpressure of ready', () => {
    const source = new Source();
    const ready = Promise.resolve();
    new ExecutionStream(source.run, () => ready).subscribe();
    expect(source.tell(out('a'))).toBe(ready);
  });
});

describe('ExecutionStream, iterated,', () => {
  it('yields one event at a time, and applies backpressure until it is read', async () => {
    const source = new Source();
    const events = new ExecutionStream(source.run)[Symbol.asyncIterator]();
    const first = events.next();
    const read = source.tell(out('a'));
    await expect(first).resolves.toEqual({ done: false, value: out('a') });
    expect(await isSettled(read)).toBe(false);
    const second = events.next();
    expect(await isSettled(read)).toBe(true);
    source.end();
    await expect(second).resolves.toEqual({ done: true, value: undefined });
  });

  it('settles every listener promise when events come before earlier ones were read', async () => {
    const source = new Source();
    const events = new ExecutionStream(source.run)[Symbol.asyncIterator]();
    const first = events.next();
    const reads = [source.tell(out('a')), source.tell(out('b')), source.tell(out('c'))];
    await first;
    await events.next();
    expect(await Promise.all(reads.map(isSettled))).toEqual([true, false, false]);
    await events.next();
    const over = events.next();
    expect(await Promise.all(reads.map(isSettled))).toEqual([true, true, true]);
    source.end();
    await over;
  });

  it('yields the remaining events, then ends', async () => {
    const source = new Source();
    const seen: StreamEvent[] = [];
    const reading = (async () => {
      for await (const event of new ExecutionStream(source.run)) seen.push(event);
    })();
    void source.tell(out('a'));
    void source.tell(out('b'));
    source.end();
    await reading;
    expect(seen).toEqual([out('a'), out('b')]);
  });

  it('yields the remaining events, then throws the error of the execution', async () => {
    const source = new Source();
    const seen: StreamEvent[] = [];
    const reading = (async () => {
      for await (const event of new ExecutionStream(source.run)) seen.push(event);
    })();
    void source.tell(out('partial'));
    source.fail(new Error('died'));
    await expect(reading).rejects.toThrow('died');
    expect(seen).toEqual([out('partial')]);
  });

  it('interrupts the execution when the loop is left, and hides its end', async () => {
    const source = new Source();
    const reading = (async () => {
      for await (const event of new ExecutionStream(source.run)) return event;
      return undefined;
    })();
    void source.tell(out('a'));
    await expect(reading).resolves.toEqual(out('a'));
    expect(source.signal.aborted).toBe(true);
    source.fail(new Error('of no interest any more'));
    await new Promise(setImmediate);
  });
});
