import { InterpreterStartError } from './interpreter-start.error.js';

/** A module that a session was to import first cannot be imported. */
export class PreloadError extends InterpreterStartError {}
