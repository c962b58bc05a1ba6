import { VERSION } from '../version.js';

/** The value of the `Server` header. */
export const SERVER = `Fujian/${VERSION}`;
