/** Names that an error mentions. A pool may have a thread for each processor. */
const MENTIONED = 3;

/**
 * Returns a clause that says which threads a fork lacks, as this may be why its code did not end; empty
 * if it lacks none.
 */
export function lostThreadsClause(lostThreads: readonly string[]): string {
  if (lostThreads.length === 0) return '';
  const rest = lostThreads.length - MENTIONED;
  const names = lostThreads.slice(0, MENTIONED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return `; it ran in a fork, which lacks the threads of its parent (${names}): code that waits for one of them never ends`;
}
