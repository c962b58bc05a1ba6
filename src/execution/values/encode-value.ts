import { types } from 'node:util';
import { UnsupportedValueError } from '../../errors/call-errors.js';
import { type FunctionId, newFunctionId } from '../ids.js';
import type { JavaScriptFunction } from './javascript-function.js';
import { KeptObject } from './kept-object.js';
import { paddedSize } from './padding.js';
import {
  dateRefusal,
  decimalRefusal,
  durationRefusal,
  momentRefusal,
  uuidRefusal,
} from './python-ranges.js';
import {
  DataFrame,
  Decimal,
  Duration,
  elementTypeOf,
  NdArray,
  PlainDate,
  type TypedArray,
  Uuid,
} from './python-values.js';

/** Most nesting levels, as in unsupported.py. A deeper value most likely contains itself. */
const MOST_LEVELS = 200;
/** Most bytes, as for values from Python. */
const MOST_BYTES = 512 * 1024 * 1024;
const TOO_LARGE = `more than the ${MOST_BYTES} bytes that fit`;
/** Least bytes of a buffer that is sent without a copy, which would block the event loop. */
export const LEAST_UNCOPIED = 1024 * 1024;
const TAG = '$';
const REMEDY = 'Pass a plain object of its members instead: { ...dto }.';

/** Encoded value: JSON, and the bytes that JSON cannot hold. docs/values.md has the table. */
export interface EncodedValue {
  /** JSON of `[value, whether it contains a tag, bytes of each buffer]`. */
  readonly head: string;
  /** Copies, except of large buffers, which the caller must not change before they are sent. */
  readonly buffers: readonly Uint8Array[];
  /** Functions that Python can call. */
  readonly functions: ReadonlyMap<FunctionId, JavaScriptFunction>;
  /** Objects that Python must keep until it has read the value. */
  readonly objects: readonly KeptObject[];
  /** Bytes of each buffer. */
  readonly sizes: readonly number[];
}

/**
 * Encodes an object of values. Errors name each value by its member.
 *
 * @param enclosing levels of the members that are not the caller's own, such as a list of arguments.
 * @throws UnsupportedValueError
 */
export function encodeMembers(
  members: Readonly<Record<string, unknown>>,
  enclosing = 0,
): EncodedValue {
  const encoder = new Encoder(enclosing);
  const encoded: Record<string, unknown> = {};
  for (const name of Object.keys(members)) encoded[name] = encoder.encode(members[name], name);
  const { isTagged, buffers, functions, objects } = encoder;
  const sizes = buffers.map(({ byteLength }) => byteLength);
  const head = jsonOf([encoded, isTagged, sizes]);
  if (head === undefined || isLonger(head, MOST_BYTES - encoder.byteCount)) {
    throw new UnsupportedValueError(longestOf(encoded), TOO_LARGE);
  }
  return { head, buffers, sizes, functions, objects };
}

/** Returns undefined if the JSON is longer than a string can be. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Returns whether a text is longer in UTF-8, which is only computed if it may be. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

/** Returns the name of the member with the longest JSON. */
function longestOf(members: Readonly<Record<string, unknown>>): string {
  const lengths = Object.entries(members).map(
    ([name, member]) => [name, jsonOf(member)?.length ?? Infinity] as const,
  );
  return lengths.reduce((longest, one) => (one[1] > longest[1] ? one : longest))[0];
}

class Encoder {
  readonly buffers: Uint8Array[] = [];
  readonly functions = new Map<FunctionId, JavaScriptFunction>();
  readonly objects: KeptObject[] = [];
  isTagged = false;
  /** Bytes of the buffers. */
  byteCount = 0;
  /** Characters of the strings, whose JSON may be longer. */
  private characterCount = 0;
  private level: number;

  constructor(enclosing: number) {
    this.level = -enclosing;
  }

  encode(value: unknown, path: string): unknown {
    switch (typeof value) {
      case 'string':
        this.characterCount += value.length;
        this.checkSize(path);
        return value;
      case 'boolean':
        return value;
      case 'undefined':
        return null;
      case 'number':
        return this.number(value);
      case 'bigint':
        return this.tag('int', { v: value.toString(16) });
      case 'symbol':
        throw new UnsupportedValueError(path, 'a symbol');
      case 'function':
        return this.function(value as JavaScriptFunction);
      case 'object':
        return value === null ? null : this.object(value, path);
    }
  }

  private function(called: JavaScriptFunction): unknown {
    const id = newFunctionId();
    this.functions.set(id, called);
    // Not always a string: a class may have a static method `name`.
    const name: unknown = called.name;
    return this.tag('function', { v: id, name: typeof name === 'string' ? name : '' });
  }

  private kept(object: KeptObject): unknown {
    this.objects.push(object);
    return this.tag('object', { v: object.id });
  }

  private number(value: number): unknown {
    if (isScalar(value)) return value;
    return this.tag('float', { v: Object.is(value, -0) ? '-0.0' : String(value) });
  }

  private object(value: object, path: string): unknown {
    this.level += 1;
    if (this.level > MOST_LEVELS && isContainer(value)) {
      const what = `something more than ${MOST_LEVELS} levels deep, or that holds itself`;
      throw new UnsupportedValueError(`${path.slice(0, 100)}…`, what);
    }
    try {
      return Array.isArray(value) ? this.items(value, path) : this.known(value, path);
    } finally {
      this.level -= 1;
    }
  }

  private items(items: readonly unknown[], path: string): unknown[] {
    // Without a path for scalars: in a long list of numbers, paths would take most of the time.
    const encoded = Array.from(items, (item, at) => {
      if (typeof item === 'string') this.characterCount += item.length;
      return isScalar(item) ? item : this.encode(item, `${path}[${at}]`);
    });
    this.checkSize(path);
    return encoded;
  }

  private known(value: object, path: string): unknown {
    if (isPlain(value)) return this.members(value, path);
    if (ArrayBuffer.isView(value)) return this.view(value, path);
    // Not by `instanceof`, as built-in objects may be of another realm: of `vm`, or of Jest.
    if (types.isAnyArrayBuffer(value)) return this.bytes(new Uint8Array(value), path);
    if (types.isMap(value)) return this.map(value, path);
    if (types.isSet(value)) return this.tag('set', { v: this.items([...value], path) });
    if (types.isDate(value)) return this.inRange('datetime', value.getTime(), momentRefusal, path);
    if (value instanceof Decimal) return this.inRange('decimal', value.value, decimalRefusal, path);
    if (value instanceof Uuid) return this.inRange('uuid', value.value, uuidRefusal, path);
    if (value instanceof PlainDate) return this.inRange('date', value.value, dateRefusal, path);
    if (value instanceof Duration) {
      return this.inRange('timedelta', value.milliseconds, durationRefusal, path);
    }
    if (value instanceof NdArray) return this.array(value, path);
    if (value instanceof DataFrame) return this.table(value, path);
    if (value instanceof KeptObject) return this.kept(value);
    throw new UnsupportedValueError(path, `an instance of ${classOf(value)}`, REMEDY);
  }

  private inRange<Value>(
    tag: string,
    value: Value,
    refusal: (value: Value) => string | undefined,
    path: string,
  ): unknown {
    const refused = refusal(value);
    if (refused !== undefined) throw new UnsupportedValueError(path, refused);
    return this.tag(tag, { v: value });
  }

  private members(value: object, path: string): unknown {
    const entries = Object.entries(value);
    if (Object.hasOwn(value, TAG)) return this.map(new Map(entries), path);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.encode(item, `${path}.${key}`)]),
    );
  }

  private map(value: ReadonlyMap<unknown, unknown>, path: string): unknown {
    const pairs = Array.from(value, ([key, item]) => [
      this.encode(key, `${path} (a key)`),
      this.encode(
        item,
        `${path}[${typeof key === 'string' || typeof key === 'number' ? key : '…'}]`,
      ),
    ]);
    return this.tag('map', { v: pairs });
  }

  private view(value: ArrayBufferView, path: string): unknown {
    if (types.isUint8Array(value) || types.isDataView(value)) return this.bytes(value, path);
    const data = typedArray(value);
    if (!elementTypeOf(data)) throw new UnsupportedValueError(path, `a ${classOf(value)}`);
    return this.array(new NdArray(data), path);
  }

  private bytes(bytes: ArrayBufferView, path: string): unknown {
    return this.tag('bytes', { b: this.buffer(bytes, path) });
  }

  /** Adds a buffer and returns its index. */
  private buffer(view: ArrayBufferView, path: string): number {
    const bytes = bytesOf(view);
    if (!bytes) throw new UnsupportedValueError(path, 'memory that was transferred elsewhere');
    const { byteLength } = bytes;
    this.byteCount += paddedSize(byteLength);
    this.checkSize(path);
    // Copies small buffers, as the caller may change them before they are sent.
    return this.buffers.push(byteLength < LEAST_UNCOPIED ? bytes.slice() : bytes) - 1;
  }

  private checkSize(path: string): void {
    if (this.byteCount + this.characterCount > MOST_BYTES)
      throw new UnsupportedValueError(path, TOO_LARGE);
  }

  private array({ data, shape, dtype }: NdArray, path: string): unknown {
    return this.tag('array', { dtype, shape, b: this.buffer(data, path) });
  }

  private table({ columns }: DataFrame, path: string): unknown {
    const encoded = Object.entries(columns).map(([name, column]) => {
      const where = `${path}.${name}`;
      // A column of numbers, not bytes.
      return [
        name,
        types.isUint8Array(column)
          ? this.array(new NdArray(column), where)
          : this.encode(column, where),
      ];
    });
    return this.tag('table', { columns: encoded });
  }

  private tag(name: string, members: object): object {
    this.isTagged = true;
    return { [TAG]: name, ...members };
  }
}

/** Returns undefined if the memory was transferred, which only an attempt shows. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array | undefined {
  try {
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch {
    return undefined;
  }
}

function typedArray(value: ArrayBufferView): TypedArray {
  // A clamped array has the elements of a Uint8Array; only writing differs.
  return types.isUint8ClampedArray(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.length)
    : (value as TypedArray);
}

/** Returns whether JSON can hold the value with the same meaning in Python. */
function isScalar(value: unknown): boolean {
  if (typeof value !== 'number') return typeof value === 'string' || typeof value === 'boolean';
  // JSON has the fewest digits that tell a number from its neighbours. Beyond 2^53 these are those of
  // another integer, so it is passed as a float.
  if (Number.isInteger(value)) return Number.isSafeInteger(value) && !Object.is(value, -0);
  return Number.isFinite(value);
}

/** Returns whether a value nests others. */
function isContainer(value: object): boolean {
  if (Array.isArray(value) || isPlain(value) || value instanceof DataFrame) return true;
  return types.isMap(value) || types.isSet(value);
}

/** Returns whether an object is plain, also one of another realm, as from `vm`. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classOf(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'an unnamed class';
}
