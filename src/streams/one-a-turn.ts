import { setImmediate } from 'node:timers/promises';

/** Yields one item in each turn of the event loop, so that the work between them holds up nobody. */
export async function* oneATurn<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, void> {
  for (const item of items) {
    yield item;
    await setImmediate();
  }
}
