/** The result of one check. */
export interface Finding {
  readonly check: string;
  /** A problem keeps the service from running or from its purpose; a warning does not. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** The result, as a phrase. */
  readonly found: string;
  /** The remedy, as a sentence. */
  readonly advice?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, level: 'ok', found });

export const warning = (check: string, found: string, advice?: string): Finding => ({
  check,
  level: 'warning',
  found,
  ...(advice !== undefined && { advice }),
});

export const problem = (check: string, found: string, advice?: string): Finding => ({
  ...warning(check, found, advice),
  level: 'problem',
});
