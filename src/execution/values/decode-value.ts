import type { FunctionId } from '../ids.js';
import type { JavaScriptFunction } from './javascript-function.js';
import { paddedSize } from './padding.js';
import {
  DataFrame,
  Decimal,
  Duration,
  ELEMENT_TYPES,
  type ElementType,
  NdArray,
  PlainDate,
  type TypedArray,
  Uuid,
} from './python-values.js';

/** Data from Python is malformed: user code can write to the channel. */
export class ValueFormatError extends Error {}

/** Stands for an iterator that Python keeps under the requested id. */
export const KEPT_ITERATOR = Symbol('an iterator that Python keeps');

/**
 * Most nesting levels that Python sends: those of unsupported.py, two that enclose the arguments of a
 * function, and one for a value that nests no others.
 */
const MOST_LEVELS = 203;

/**
 * Least bytes of a buffer that is not copied. A smaller view is not worth keeping the whole frame
 * in memory.
 */
const LEAST_VIEW = 64 * 1024;

type Tagged = Readonly<Record<string, unknown>>;

/** Returns the function that Python knows by an id. */
export type FindFunction = (id: FunctionId) => JavaScriptFunction;

/**
 * Decodes `u32 length of the head, head (JSON), buffers`. Each buffer is padded to a multiple of 8
 * bytes, so all are aligned relative to the end.
 *
 * @param isOwn whether the value may keep the payload's memory: then large buffers are views of it.
 * Else all bytes are copied.
 * @throws ValueFormatError
 */
export function decodeValue(
  payload: Buffer,
  isOwn = false,
  findFunction: FindFunction = noFunctions,
): unknown {
  try {
    return decoded(payload, isOwn, findFunction);
  } catch (cause) {
    if (cause instanceof ValueFormatError) throw cause;
    // Invalid JSON, or an integer, string or Map too large for JavaScript, which Python refuses to send.
    const why = (cause as Error).message;
    throw new ValueFormatError(`a value cannot be decoded (${why})`, { cause });
  }
}

function decoded(payload: Buffer, isOwn: boolean, findFunction: FindFunction): unknown {
  const headEnd = payload.length < 4 ? Infinity : 4 + payload.readUInt32LE(0);
  if (headEnd > payload.length) throw new ValueFormatError('a value is too short');
  const [encoded, isTagged, sizes] = headOf(payload.toString('latin1', 4, headEnd));
  if (!isTagged) return encoded;
  const buffers = buffersOf(payload.subarray(headEnd), sizes);
  return new Decoder(buffers, isOwn, findFunction).decode(encoded);
}

function headOf(json: string): [encoded: unknown, isTagged: boolean, sizes: number[]] {
  const head: unknown = JSON.parse(json);
  const [encoded, isTagged, sizes] = Array.isArray(head) ? (head as unknown[]) : [];
  const isGood = typeof isTagged === 'boolean' && Array.isArray(sizes) && sizes.every(isSize);
  if (!isGood) throw new ValueFormatError('the head of a value does not fit');
  return [encoded, isTagged, sizes];
}

function buffersOf(all: Buffer, sizes: readonly number[]): Buffer[] {
  let start = 0;
  const buffers = sizes.map((size) => {
    const buffer = all.subarray(start, start + size);
    start += paddedSize(size);
    return buffer;
  });
  if (start !== all.length) throw new ValueFormatError('the buffers of a value do not fit');
  return buffers;
}

class Decoder {
  private level = 0;

  constructor(
    private readonly buffers: readonly Buffer[],
    private readonly isOwn: boolean,
    private readonly findFunction: FindFunction,
  ) {}

  decode(encoded: unknown): unknown {
    if (typeof encoded !== 'object' || encoded === null) return encoded;
    this.level += 1;
    if (this.level > MOST_LEVELS) throw new ValueFormatError('a value is too deep');
    const value = this.object(encoded);
    this.level -= 1;
    return value;
  }

  private object(encoded: object): unknown {
    if (Array.isArray(encoded)) return encoded.map((item) => this.decode(item));
    if (Object.hasOwn(encoded, '$')) return this.tagged(encoded as Tagged);
    return Object.fromEntries(
      Object.entries(encoded).map(([key, item]) => [key, this.decode(item)]),
    );
  }

  private tagged(one: Tagged): unknown {
    switch (one['$']) {
      case 'int':
        return integer(text(one['v']));
      case 'float':
        return Number(text(one['v']).replace('inf', 'Infinity').replace('nan', 'NaN'));
      case 'bytes':
        return this.bytes(one['b']);
      case 'map':
        return this.map(list(one['v']));
      case 'set':
        return new Set(list(one['v']).map((item) => this.decode(item)));
      case 'datetime':
        return new Date(number(one['v']));
      case 'date':
        return new PlainDate(text(one['v']));
      case 'timedelta':
        return new Duration(number(one['v']));
      case 'decimal':
        return new Decimal(text(one['v']));
      case 'uuid':
        return new Uuid(text(one['v']));
      case 'array':
        return this.array(one);
      case 'function':
        return this.findFunction(number(one['v']) as FunctionId);
      case 'iterator':
        return KEPT_ITERATOR;
      case 'table':
        return this.table(list(one['columns']));
      default:
        throw new ValueFormatError(`a value of the unknown type ${String(one['$'])}`);
    }
  }

  /** Decodes a dict: to an object if all keys are strings, else to a Map. */
  private map(pairs: readonly unknown[]): unknown {
    const map = new Map(
      pairs.map((pair) => {
        const [key, item] = list(pair);
        return [this.decode(key), this.decode(item)];
      }),
    );
    const isObject = [...map.keys()].every((key) => typeof key === 'string');
    return isObject ? Object.fromEntries(map as Map<string, unknown>) : map;
  }

  private array({ dtype, shape, b }: Tagged): TypedArray | NdArray {
    const name = text(dtype);
    if (!Object.hasOwn(ELEMENT_TYPES, name)) throw new ValueFormatError(`an array of ${name}`);
    const type = name as ElementType;
    const lengths = list(shape).map(number);
    const { buffer, byteOffset, byteLength } = this.bytes(b);
    const Elements = ELEMENT_TYPES[type];
    const count = byteLength / Elements.BYTES_PER_ELEMENT;
    if (!Number.isInteger(count)) throw new ValueFormatError('an array ends within an element');
    const data = new Elements(buffer, byteOffset, count);
    if (lengths.length === 1 && lengths[0] === data.length && type !== 'bool' && type !== 'uint8') {
      return data;
    }
    return new NdArray<TypedArray>(data, lengths, type);
  }

  private table(columns: readonly unknown[]): DataFrame {
    const decoded = columns.map((column) => {
      const [name, values] = list(column);
      const items = this.decode(values);
      const isColumn = Array.isArray(items) || ArrayBuffer.isView(items);
      return [text(name), items instanceof NdArray ? items.data : isColumn ? items : list(items)];
    });
    return new DataFrame(Object.fromEntries(decoded) as DataFrame['columns']);
  }

  /** Returns bytes aligned for elements of any type. */
  private bytes(at: unknown): Uint8Array<ArrayBuffer> {
    const bytes = this.buffers[number(at)];
    if (!bytes) throw new ValueFormatError('a value has no such buffer');
    const { buffer, byteOffset, byteLength } = bytes;
    const mayStay = this.isOwn && byteLength >= LEAST_VIEW && byteOffset % 8 === 0;
    if (!mayStay) return new Uint8Array(bytes);
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  }
}

function noFunctions(): never {
  throw new ValueFormatError('a function where none was passed');
}

function integer(hexadecimal: string): bigint {
  if (!/^-?[\da-f]+$/.test(hexadecimal)) throw new ValueFormatError('an integer does not fit');
  return hexadecimal.startsWith('-')
    ? -BigInt(`0x${hexadecimal.slice(1)}`)
    : BigInt(`0x${hexadecimal}`);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new ValueFormatError('a value has no text where it should');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number')
    throw new ValueFormatError('a value has no number where it should');
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new ValueFormatError('a value has no list where it should');
  return value as unknown[];
}
