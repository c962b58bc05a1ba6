/**
 * A list, comma-separated or a JSON array, each item read by `item` and kept once. Undefined when
 * any item is not one.
 */
export function textList(
  value: unknown,
  item: (text: string) => string | undefined,
): string[] | undefined {
  const parts: unknown = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(parts)) return undefined;
  const items = new Set<string>();
  for (const part of parts as unknown[]) {
    if (typeof part !== 'string') return undefined;
    const trimmed = part.trim();
    // A trailing comma is no mistake worth stopping for.
    if (trimmed === '') continue;
    const read = item(trimmed);
    if (read === undefined) return undefined;
    items.add(read);
  }
  return [...items];
}
