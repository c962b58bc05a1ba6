/** What one check has come to. */
export interface Finding {
  readonly check: string;
  /** A problem stops the service, or what it is for; a warning does not. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** What is there. */
  readonly found: string;
  /** What to do. */
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
