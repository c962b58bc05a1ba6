import { constants } from 'node:os';

export const DONE = 0;
export const FAILED = 1;
/** What was typed makes no sense, so nothing was tried. */
export const BAD_USAGE = 2;
/** To this the number of the signal is added that ended a program. */
export const SIGNALLED = 128;
export const INTERRUPTED = SIGNALLED + constants.signals.SIGINT;
