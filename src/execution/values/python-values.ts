import { jsonOf } from './json-of.js';
import { recogniseCopies } from './recognised-copies.js';

/** Python's `Decimal`, without loss of digits. */
export class Decimal {
  static {
    recogniseCopies(this, 'Decimal');
  }

  constructor(readonly value: string) {}

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }
}

/** Python's `uuid.UUID`. */
export class Uuid {
  static {
    recogniseCopies(this, 'Uuid');
  }

  constructor(readonly value: string) {}

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }
}

/** Date without a time: Python's `date`. */
export class PlainDate {
  static {
    recogniseCopies(this, 'PlainDate');
  }

  /** @param value date in ISO 8601: `2026-11-24`. */
  constructor(readonly value: string) {}

  toString(): string {
    return this.value;
  }

  toJSON(): string {
    return this.value;
  }
}

/** Duration: Python's `timedelta`. */
export class Duration {
  static {
    recogniseCopies(this, 'Duration');
  }

  constructor(readonly milliseconds: number) {}

  /** Milliseconds. */
  toJSON(): number {
    return this.milliseconds;
  }
}

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Element types, by numpy's names. */
export const ELEMENT_TYPES = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

/** numpy array. */
export class NdArray<Data extends TypedArray = TypedArray> {
  static {
    recogniseCopies(this, 'NdArray');
  }

  constructor(
    /** All elements in row-major (C) order. */
    readonly data: Data,
    readonly shape: readonly number[] = [data.length],
    readonly dtype: ElementType = elementTypeOf(data) ?? 'float64',
  ) {
    const needed = ELEMENT_TYPES[dtype].name;
    if (data[Symbol.toStringTag] !== needed) {
      throw new TypeError(
        `An array of ${dtype} needs a ${needed}, not a ${data.constructor.name}.`,
      );
    }
    if (!shape.every((length) => Number.isInteger(length) && length >= 0)) {
      throw new RangeError(
        `(${shape.join(', ')}) is not a shape: its lengths must be integers from 0 on.`,
      );
    }
    const size = shape.reduce((product, length) => product * length, 1);
    if (size !== data.length) {
      throw new RangeError(
        `An array of shape (${shape.join(', ')}) has ${size} elements, not ${data.length}.`,
      );
    }
  }

  /** Lists in lists, as numpy's `tolist()`. */
  toJSON(): unknown {
    const elements = Array.from<number | bigint>(this.data);
    const values = elements.map((one) => (this.dtype === 'bool' ? one !== 0 : jsonOf(one)));
    return nested(values, this.shape);
  }
}

function nested(elements: readonly unknown[], [length, ...shape]: readonly number[]): unknown {
  if (length === undefined) return elements[0];
  const size = elements.length / length;
  return Array.from({ length }, (_, at) =>
    nested(elements.slice(at * size, (at + 1) * size), shape),
  );
}

/** pandas DataFrame: its columns in order. Numeric columns are typed arrays, all others lists. */
export class DataFrame {
  static {
    recogniseCopies(this, 'DataFrame');
  }

  constructor(readonly columns: Readonly<Record<string, readonly unknown[] | TypedArray>>) {}

  /** A list of rows, as pandas' `to_dict('records')`. */
  toJSON(): unknown[] {
    const columns = Object.entries(this.columns);
    const length = columns[0]?.[1].length ?? 0;
    return Array.from({ length }, (_, row) =>
      Object.fromEntries(columns.map(([name, column]) => [name, jsonOf(column[row])])),
    );
  }
}

/**
 * Returns the element type of a typed array (`uint8`, not `bool`, for bytes); undefined if it has
 * none.
 */
export function elementTypeOf(data: TypedArray): ElementType | undefined {
  const types = Object.keys(ELEMENT_TYPES) as ElementType[];
  // By name, as the array may be of another realm: of `vm`, or of Jest.
  return types.findLast((type) => data[Symbol.toStringTag] === ELEMENT_TYPES[type].name);
}
