import { LongJson } from './long-json.js';
import { LongText } from './long-text.js';
import type { JsonValue, MimeBundle } from './shown.js';

type Long = LongText | LongJson;
type Joined<Value> = Value extends LongText ? string : Value extends LongJson ? JsonValue : Value;

/** The members of an object that are long, by name. */
const longMembers = new WeakMap<object, ReadonlyMap<PropertyKey, Long>>();

/**
 * Returns an object whose long members are ordinary properties, joined or parsed when they are
 * read. Protocols send large results without reading them: see `unjoined` and `formIn`.
 */
export function joinedOnDemand<Members extends object>(
  members: Members,
): { [Name in keyof Members]: Joined<Members[Name]> } {
  let long: Map<PropertyKey, Long> | undefined;
  for (const name of Object.keys(members) as (keyof Members)[]) {
    const value: unknown = members[name];
    if (!(value instanceof LongText || value instanceof LongJson)) continue;
    const get = () => (value instanceof LongText ? value.toString() : value.parse());
    Object.defineProperty(members, name, { get, enumerable: true, configurable: true });
    (long ??= new Map()).set(name, value);
  }
  if (long) longMembers.set(members, long);
  return members as { [Name in keyof Members]: Joined<Members[Name]> };
}

/** Returns a member of an object; a long text without joining it. */
export function unjoined<Owner extends object, Name extends keyof Owner>(
  owner: Owner,
  name: Name,
): Owner[Name] | LongText {
  const long = longMembers.get(owner)?.get(name);
  return long instanceof LongText ? long : owner[name];
}

/** Returns a form of shown data; a long one without joining or parsing it. */
export function formIn(data: MimeBundle, mimeType: string): JsonValue | Buffer | Long {
  return longMembers.get(data)?.get(mimeType) ?? data[mimeType] ?? null;
}
