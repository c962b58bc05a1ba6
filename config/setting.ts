import { z } from 'zod';

/** The name of a setting outside the code, and its description. */
export interface SettingFacts {
  readonly variable: `FUJIAN_${string}`;
  readonly description: string;
  /** Keeps the value out of messages. */
  readonly secret?: boolean;
  /** Kind of a number with a unit. */
  readonly quantity?: Quantity;
}

export type Quantity = 'size' | 'duration';

export const settingFacts = z.registry<SettingFacts>();

/** Attaches facts to a type of the schema. Must come last, since zod's types are immutable. */
export function setting<Type extends z.ZodType>(
  variable: SettingFacts['variable'],
  description: string,
  type: Type,
  facts: Pick<SettingFacts, 'secret' | 'quantity'> = {},
): Type {
  settingFacts.add(type, { variable, description, ...facts });
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
