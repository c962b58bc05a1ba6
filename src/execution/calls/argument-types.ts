import { InvalidArgumentError } from '../../errors/call-errors.js';

/**
 * Checks of arguments, which may come from JavaScript or be cast. Each function throws
 * InvalidArgumentError for another type.
 */

/** Returns the name. */
export function needName(what: string, name: string): string {
  needText(what, 'a string', name);
  return name;
}

export function needText(what: string, needed: string, given: unknown): void {
  need(what, needed, given, typeof given === 'string');
}

export function needArray(what: string, given: unknown): void {
  need(what, 'an array', given, Array.isArray(given));
}

export function needNames(what: string, given: unknown): void {
  const isFine = typeof given === 'object' && given !== null && !Array.isArray(given);
  need(what, 'an object like { name: value }', given, isFine);
}

function need(what: string, needed: string, given: unknown, isFine: boolean): void {
  if (!isFine) throw new InvalidArgumentError(what, needed, given);
}
