import { recogniseCopies } from '../values/recognised-copies.js';

/**
 * Keyword arguments of a call, its last argument. Create them by `keywords()`: a plain object is a
 * `dict` in Python.
 */
export class Keywords<Members extends object = object, Names extends PropertyKey = keyof Members> {
  static {
    recogniseCopies(this, 'Keywords');
  }

  /** Type-only member that lets the compiler refuse unknown names. */
  declare readonly names: Names;

  constructor(readonly members: Members) {}
}

/** Makes `f(1, keywords({ flag: true }))` Python's `f(1, flag=True)`. Omits undefined members. */
export function keywords<Members extends object>(members: Members): Keywords<Members> {
  return new Keywords(members);
}
