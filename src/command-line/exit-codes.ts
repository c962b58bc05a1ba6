import { constants } from 'node:os';

export const DONE = 0;
export const FAILED = 1;
/** The command line is invalid, so nothing was tried. */
export const BAD_USAGE = 2;
/** Added to the number of the signal that ended a program. */
export const SIGNALLED = 128;
export const INTERRUPTED = SIGNALLED + constants.signals.SIGINT;
