import type { KeptId } from '../ids.js';

/** Reference to an object that Python keeps; as an argument, it becomes that object. */
export abstract class KeptObject {
  constructor(readonly id: KeptId) {}
}
