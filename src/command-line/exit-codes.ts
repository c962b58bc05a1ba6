export const DONE = 0;
export const FAILED = 1;
/** What was typed makes no sense, so nothing was tried. */
export const BAD_USAGE = 2;
