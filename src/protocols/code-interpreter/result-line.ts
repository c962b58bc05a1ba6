import type { JsonValue, MimeBundle } from '../../execution/shown.js';

/** The members for forms of a result; all other forms go into `extra`. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['text/plain', 'text'],
  ['text/html', 'html'],
  ['text/markdown', 'markdown'],
  ['image/svg+xml', 'svg'],
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['application/pdf', 'pdf'],
  ['text/latex', 'latex'],
  ['application/json', 'json'],
  ['application/javascript', 'javascript'],
  ['e2b/data', 'data'],
  ['e2b/chart', 'chart'],
]);

/** Returns the members of a result: bytes in base64, absent members left out. */
export function resultMembers(data: MimeBundle): Record<string, JsonValue> {
  const members: Record<string, JsonValue> = {};
  // Entries rather than an object, as user code may choose any name: `__proto__` too.
  const extra: [string, JsonValue][] = [];
  for (const [mimeType, form] of Object.entries(data)) {
    const member = MEMBERS.get(mimeType);
    const value = Buffer.isBuffer(form) ? form.toString('base64') : form;
    if (member === undefined) extra.push([mimeType, value]);
    else members[member] = value;
  }
  return extra.length > 0 ? { ...members, extra: Object.fromEntries(extra) } : members;
}
