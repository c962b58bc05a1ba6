import { InvalidArgumentError } from '../../errors/call-errors.js';
import type { Operation } from './operation.js';

/**
 * Checks the types of a caller's arguments, which may come from JavaScript or be cast. Python would
 * complain of something else.
 *
 * @throws InvalidArgumentError
 */
export function checkTypes(operation: Operation): void {
  switch (operation.op) {
    case 'call':
      needText('The target of a call', operation.of ? METHOD : FUNCTION, operation.target);
      need('The arguments of a call', 'an array', operation.args, Array.isArray(operation.args));
      needNames('The keyword arguments of a call', operation.kwargs);
      return;
    case 'evaluate':
      needText('The expression', 'a string of Python code', operation.expression);
      return;
    case 'find':
      needText('The target', operation.of ? 'the name of an attribute' : MODULE, operation.target);
      return;
    case 'set':
      needNames('The names to set', operation.names);
      return;
    case 'next':
    case 'close':
  }
}

const FUNCTION = "a string like 'package.module:function'";
const METHOD = 'the name of a method';
const MODULE = "a string like 'package.module' or 'package.module:name'";

/** @throws InvalidArgumentError if the name is not a string. */
export function needName(what: string, name: string): string {
  needText(what, 'a string', name);
  return name;
}

function needText(what: string, needed: string, given: unknown): void {
  need(what, needed, given, typeof given === 'string');
}

function needNames(what: string, given: unknown): void {
  const isFine = typeof given === 'object' && given !== null && !Array.isArray(given);
  need(what, 'an object like { name: value }', given, isFine);
}

function need(what: string, needed: string, given: unknown, isFine: boolean): void {
  if (!isFine) throw new InvalidArgumentError(what, needed, given);
}
