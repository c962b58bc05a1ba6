import { inspect } from 'node:util';

/** Returns what is wrong with an option that is a number; undefined if it is valid or missing. */
export function problemOfNumber(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return undefined;
  return `The option ${name} must be a number from 0 on, not ${inspect(value)}.`;
}
