import { LongText } from './long-text.js';

type Joined<Value> = Value extends LongText ? string : Value;

/** The members of an object that are long texts, by name. */
const longMembers = new WeakMap<object, ReadonlyMap<PropertyKey, LongText>>();

/**
 * Returns an object whose long texts are ordinary string properties, joined when they are read.
 * Protocols send large results without reading them: see `unjoined`.
 */
export function joinedOnDemand<Members extends object>(
  members: Members,
): { [Name in keyof Members]: Joined<Members[Name]> } {
  const long = new Map<PropertyKey, LongText>();
  for (const [name, value] of Object.entries(members) as [string, unknown][]) {
    if (value instanceof LongText) long.set(name, value);
  }
  if (long.size > 0) {
    for (const [name, text] of long) {
      const get = (): string => text.toString();
      Object.defineProperty(members, name, { get, enumerable: true, configurable: true });
    }
    longMembers.set(members, long);
  }
  return members as { [Name in keyof Members]: Joined<Members[Name]> };
}

/** Returns a member of an object; a long text without joining it. */
export function unjoined<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
): Owner[Name] | LongText {
  return longMembers.get(owner)?.get(name) ?? owner[name];
}
