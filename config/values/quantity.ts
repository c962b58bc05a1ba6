const QUANTITY = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

/** A number with an optional unit, such as `1.5 MiB` or `30s`, in whole base units. */
export function quantity(
  value: unknown,
  units: Readonly<Record<string, number>>,
): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, amount, unit = ''] = QUANTITY.exec(String(value)) ?? [];
  const size = new Map(Object.entries(units)).get(unit.toLowerCase());
  if (amount === undefined || size === undefined) return undefined;
  const result = Math.floor(Number(amount) * size);
  return Number.isSafeInteger(result) ? result : undefined;
}
