export interface DescribedError {
  /** Empty for what is no Error. */
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/**
 * What code of somebody else's has thrown, in words. Never throws itself, though it may be anything: an object
 * without a `toString`, an error whose members throw or are no text.
 */
export function described(thrown: unknown): DescribedError {
  try {
    if (!(thrown instanceof Error)) return { name: '', message: String(thrown), stack: '' };
    const { name, message, stack = '' } = thrown as Partial<Record<keyof Error, unknown>>;
    return { name: String(name), message: String(message), stack: String(stack) };
  } catch {
    return { name: '', message: 'something that cannot be shown as text', stack: '' };
  }
}

/** On one line, as Python is told of it. */
export function thrownText({ name, message }: DescribedError): string {
  return name === '' ? message : `${name}: ${message}`;
}
