import { quantity } from './quantity.js';

const UNITS = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Node's timers hold 31 bits; anything longer would fire at once. */
export const LONGEST_DURATION = 2 ** 31 - 1;

/** Milliseconds: `1500`, `1500ms`, `30s`, `2m`. */
export function duration(value: unknown): number | undefined {
  const milliseconds = quantity(value, UNITS);
  return milliseconds !== undefined && milliseconds <= LONGEST_DURATION ? milliseconds : undefined;
}
