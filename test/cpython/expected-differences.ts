import differences from './differences.json' with { type: 'json' };
import type { Difference } from './side-by-side.js';

const listed: readonly { readonly reason: string; readonly tests: readonly string[] }[] =
  differences;

/**
 * The differences between sessions and a plain Python that are meant, or not to be avoided. A test is named by
 * its id; `*` at the end stands for all that begin so.
 */
export class ExpectedDifferences {
  private readonly unseen = new Set(listed.flatMap(({ tests }) => tests));
  private readonly all = [...this.unseen];

  has({ test }: Difference): boolean {
    const names = this.all.filter((name) =>
      name.endsWith('*') ? test.startsWith(name.slice(0, -1)) : test === name,
    );
    for (const name of names) this.unseen.delete(name);
    return names.length > 0;
  }

  /** Returns those that have not been met: they may be gone. */
  get notMet(): readonly string[] {
    return [...this.unseen];
  }
}
