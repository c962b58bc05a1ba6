import { z } from 'zod';

/** The name of a setting outside the code, and its description. */
export interface SettingFacts {
  readonly variable: `FUJIAN_${string}`;
  readonly description: string;
  /** Keeps the value out of messages. */
  readonly secret?: boolean;
}

export const settingFacts = z.registry<SettingFacts>();

/** Attaches facts to a type of the schema. Must come last, since zod's types are immutable. */
export function setting<Type extends z.ZodType>(
  variable: SettingFacts['variable'],
  description: string,
  type: Type,
  { secret = false } = {},
): Type {
  settingFacts.add(type, { variable, description, secret });
  return type;
}

/**
 * Returns a type read by a plain function, from text or from JSON. The expectation completes the
 * sentence "FUJIAN_X is …, but should be …".
 */
export function readAs<Value>(expectation: string, read: (raw: unknown) => Value | undefined) {
  return z.unknown().transform((raw, context): Value => {
    const value = read(typeof raw === 'string' ? raw.trim() : raw);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: expectation });
    return z.NEVER;
  });
}
