/** Keyword arguments of a call. Behind all others, and made by `keywords()`: an object alone is a `dict` to Python. */
export class Keywords<Members extends object = object, Names extends PropertyKey = keyof Members> {
  /** For the compiler alone, which so refuses names that the function does not have. */
  declare readonly names: Names;

  constructor(readonly members: Members) {}
}

/** `f(1, keywords({ flag: true }))` is Python's `f(1, flag=True)`. A member that is undefined is left out. */
export function keywords<Members extends object>(members: Members): Keywords<Members> {
  return new Keywords(members);
}
