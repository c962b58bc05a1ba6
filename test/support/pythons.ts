import { inject } from 'vitest';
import type { Scope } from '../parts.js';
import { type FoundPython, oldestAndNewest, type Pythons } from './found-python.js';

export type { FoundPython } from './found-python.js';

declare module 'vitest' {
  interface ProvidedContext {
    readonly scope: Scope;
    readonly pythons: Pythons;
  }
}

/** Returns those that a suite runs on: the oldest and the newest, all of them in `npm run test:all`. */
export function pythons(): readonly FoundPython[] {
  const { supported } = inject('pythons');
  return inject('scope') === 'all' ? supported : oldestAndNewest(supported);
}

export function oldPythons(): readonly FoundPython[] {
  return inject('pythons').old;
}

export function anyPython(): FoundPython {
  return inject('pythons').any;
}
