import type { Submission } from '../../engine.js';

/**
 * Returns whether a barrier has to separate the output of two executions. Returns false if neither
 * output is reported, because writing barriers takes longer than most calls do.
 */
export function needsBarrier(before: Submission, after: Submission): boolean {
  return isHeard(before) || isHeard(after);
}

function isHeard({ operation, streams }: Submission): boolean {
  return operation === undefined || streams;
}
