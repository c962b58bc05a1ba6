import type { Submission } from '../../engine.js';

/**
 * Whether the output of one has to be kept apart from that of the one before: not where nobody is told
 * of either, since writing barriers takes longer than most calls do.
 */
export function needsBarrier(before: Submission, after: Submission): boolean {
  return isHeard(before) || isHeard(after);
}

function isHeard({ operation, streams }: Submission): boolean {
  return operation === undefined || streams;
}
