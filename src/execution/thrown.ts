import { types } from 'node:util';

export interface DescribedError {
  /** Empty if the thrown value is not an Error. */
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/**
 * Describes a thrown value. Never throws, even for an object without a `toString`, or an error
 * whose members throw or are not strings.
 */
export function described(thrown: unknown): DescribedError {
  try {
    // An error of another realm, as of `vm`, is no instance of this one's class.
    if (!(types.isNativeError(thrown) || thrown instanceof Error))
      return { name: '', message: String(thrown), stack: '' };
    const { name, message, stack = '' } = thrown as Partial<Record<keyof Error, unknown>>;
    return { name: String(name), message: String(message), stack: String(stack) };
  } catch {
    return { name: '', message: 'a value that cannot be converted to text', stack: '' };
  }
}

/** Returns the text on one line that Python receives. */
export function thrownText({ name, message }: DescribedError): string {
  return name === '' ? message : `${name}: ${message}`;
}
