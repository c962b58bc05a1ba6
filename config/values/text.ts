/** Text with something in it, and no NUL, which no path or name can hold. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined;
}
