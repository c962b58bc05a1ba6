import { types } from 'node:util';
import { isRecognised } from './recognised-copies.js';

const NO_ANCESTORS: ReadonlySet<object> = new Set();

/**
 * Returns a value of Python as JSON can hold it: docs/values.md has the table. Leaves alone what
 * contains nothing to convert, so that instances of an application's classes stay themselves.
 */
export function jsonOf(value: unknown): unknown {
  return converted(value, NO_ANCESTORS);
}

function converted(value: unknown, ancestors: ReadonlySet<object>): unknown {
  if (typeof value === 'bigint') return integer(value);
  if (typeof value !== 'object' || value === null) return value;
  if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return elementsOrBytes(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return isRecognised(value) ? (value.toJSON as () => unknown)() : value;
  }
  // JSON.stringify() refuses what contains itself. Streams hold buffers that are no values.
  if (ancestors.has(value) || 'pipe' in value || 'getStream' in value) return value;
  const path = new Set(ancestors).add(value);
  const convert = (one: unknown): unknown => converted(one, path);
  if (Array.isArray(value)) return withItems(value, convert);
  if (types.isSet(value)) return Array.from(value, convert);
  if (types.isMap(value)) return mapped(value, convert);
  return withMembers(value, convert);
}

/** A number if it is exact in JavaScript, else its digits: JSON.parse() would round it. */
function integer(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function elementsOrBytes(value: ArrayBufferLike | ArrayBufferView): unknown {
  if (types.isAnyArrayBuffer(value)) return Buffer.from(value).toString('base64');
  if (types.isUint8Array(value) || types.isDataView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  return Array.from(value as unknown as Iterable<unknown>, jsonOf);
}

/** An object if each key has a text of its own, else a list of pairs. */
function mapped(map: ReadonlyMap<unknown, unknown>, convert: (one: unknown) => unknown): unknown {
  const pairs = Array.from(map, ([key, value]) => [convert(key), convert(value)] as const);
  const names = pairs.map(([key]) => nameOf(key));
  const isObject = !names.includes(undefined) && new Set(names).size === names.length;
  return isObject ? Object.fromEntries(pairs.map(([, value], at) => [names[at], value])) : pairs;
}

function nameOf(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  return types.isDate(key) ? (key.toJSON() ?? undefined) : undefined;
}

function withItems(
  value: readonly unknown[],
  convert: (one: unknown) => unknown,
): readonly unknown[] {
  const items = value.map(convert);
  return items.every((item, at) => item === value[at]) ? value : items;
}

function withMembers(value: object, convert: (one: unknown) => unknown): object {
  const members = Object.entries(value).map(([name, one]) => [name, one, convert(one)] as const);
  if (members.every(([, before, after]) => before === after)) return value;
  const copy: object = Object.create(Object.getPrototypeOf(value) as object | null);
  for (const [name, , after] of members) {
    const property = { value: after, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(copy, name, property); // as `__proto__` may be a name
  }
  return copy;
}
