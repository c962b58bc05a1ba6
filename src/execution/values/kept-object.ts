import type { KeptId } from '../ids.js';

/** Stands for an object that Python keeps; as an argument, it is that object. */
export abstract class KeptObject {
  constructor(readonly id: KeptId) {}
}
