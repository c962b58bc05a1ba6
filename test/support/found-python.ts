export interface FoundPython {
  /** For example `3.11.7`. */
  readonly version: string;
  /** The binary itself, behind links and shims. */
  readonly path: string;
}

/** The CPythons of this machine, one of each minor version, oldest first. */
export interface Pythons {
  readonly supported: readonly FoundPython[];
  /** Pythons that are too old for Fujian. */
  readonly old: readonly FoundPython[];
  /** The Python of suites that need only one: `FUJIAN_TEST_PYTHON`, else the oldest. */
  readonly any: FoundPython;
}

/** Returns one if that is the same Python. */
export function oldestAndNewest(all: readonly FoundPython[]): readonly FoundPython[] {
  return [...new Set([...all.slice(0, 1), ...all.slice(-1)])];
}
