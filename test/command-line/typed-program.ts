/** A program that uses everything.py by its declarations. It ends well if every value is as they say. */
export const TYPED_PROGRAM = `
import { deepStrictEqual } from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import {
  Decimal, Duration, ExecutionModule, keywords, PlainDate, PythonInterpreterService, Uuid,
} from 'fujian';
import type { Color, Movie, Node, UserId } from './everything.js';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Asserts the value that arrives, and that the compiler has exactly its type. */
const arrives = <Expected>() =>
  async <Actual>(
    actual: Promise<Actual>,
    expected: Expected & (Same<Actual, Expected> extends true ? unknown : never),
  ): Promise<void> => deepStrictEqual(await actual, expected);

const app = await NestFactory.createApplicationContext(
  ExecutionModule.forRoot({ python: process.argv[2]! }), { logger: ['error'] },
);
const python = app.get(PythonInterpreterService);
const everything = python.module<typeof import('./everything.js')>('everything');

const number = arrives<number>();
await number(everything.add(1), 3);
await number(everything.add(1, 5), 6);
await number(everything.add(1n, undefined), 3);
await number(everything.add(1, keywords({ flag: true })), -1);
await number(everything.add(1, keywords({ b: 3, flag: true })), -2);
await number(everything.add(1, 4, keywords({ flag: true })), -3);

const string = arrives<string>();
await string(everything.required(2, keywords({ unit: 'm' })), '2m');
await string(everything.required(2, keywords({ unit: 'm', scale: 3 })), '6m');

const list = arrives<unknown[]>();
await list(everything.rest('a'), ['a', [], 0, {}]);
await list(everything.rest('a', 1, 2), ['a', [1, 2], 0, {}]);
await list(everything.rest('a', 1, 2, keywords({ start: 3, label: 'x' })), ['a', [1, 2], 3, { label: 'x' }]);

await arrives<number[]>()(everything.in_place(1, keywords({ c: 3 })), [1, 10, 3]);

const optional = arrives<string | null>();
await optional(everything.delete(), 'nothing');
await optional(everything.delete(null), null);
await optional(everything.delete(keywords({ new: 'x' })), 'x');

const anything = arrives<unknown>();
await anything(everything.untyped(1), [1, 1]);
await anything(everything.untyped('a', keywords({ b: [2] })), ['a', [2]]);
await anything(everything.unresolved(1), 1);

const leaf: Node = { name: 'leaf', color: 'red', children: [], weights: {} };
await arrives<Node>()(everything.tree(1), {
  name: 'root', color: "it's green", children: [leaf], weights: new Map([[1, 0.5]]),
});
const red: Color = 'red';
await string(everything.name_of(red), 'RED');
await arrives<Movie[]>()(everything.movies({ title: 'M' }), [{ title: 'M' }, { year: 1999 }]);
const [x, y] = await everything.mirrored([1, 2.5]);
deepStrictEqual([x, y] satisfies number[], [2.5, 1]);
await string(everything.boxed('a').then(({ item }) => item), 'a');
await number(everything.first([1, 2]), 1);
await string(everything.first(['a']), 'a');
await string(everything.joined('a', 'b'), 'ab');
await arrives<Uint8Array>()(everything.joined(Uint8Array.of(1), Uint8Array.of(2)), Uint8Array.of(1, 2));
const byLength = arrives<Map<number, string> | Record<string, undefined>>();
await byLength(everything.lengths(new Set(['ab'])), new Map([[2, 'ab']]));
await byLength(everything.lengths(new Set()), {});
deepStrictEqual((await everything.lengths(new Set(['a']))).get?.(1), 'a');
await arrives<[UserId, string]>()(everything.user(7, 'w'), [7, 'w']);
await arrives<[Date, PlainDate, Duration, Decimal, Uuid, Uint8Array]>()(
  everything.moments(
    new Date(0), new PlainDate('2026-11-24'), new Duration(86_400_000), new Decimal('1.50'),
    new Uuid('12345678-1234-5678-1234-567812345678'), Uint8Array.of(1, 2),
  ),
  [
    new Date(86_400_000), new PlainDate('2026-11-25'), new Duration(86_400_000), new Decimal('3.00'),
    new Uuid('12345678-1234-5678-1234-567812345678'), Uint8Array.of(2, 1),
  ],
);
await string(everything.later('a'), 'A');
await arrives<null>()(everything.nothing(), null);
await string(everything.cached('a'), 'a');
const session = await python.createSession();
await number(session.module<typeof import('./everything.js')>('everything').add(2), 4);
await app.close();
console.log('all as declared');

/** Compiled alone. */
export async function compiled(): Promise<void> {
  for await (const one of await everything.countdown(3)) one satisfies number;
  (await everything.mapped((one) => one.toFixed(), [1, 2])) satisfies string[];
  (await everything.mapped(async (one) => String(one), [1, 2])) satisfies string[];

  // @ts-expect-error  text is no number
  await everything.add('1');
  // @ts-expect-error  an argument is missing
  await everything.add();
  // @ts-expect-error  an object is no keywords
  await everything.add(1, { flag: true });
  // @ts-expect-error  there is no such keyword
  await everything.add(1, keywords({ falg: true }));
  // @ts-expect-error  nor one beside others
  await everything.add(1, keywords({ flag: true, colour: 'red' }));
  // @ts-expect-error  it is given already
  await everything.add(1, 2, keywords({ b: 3 }));
  // @ts-expect-error  flags are booleans
  await everything.add(1, keywords({ flag: 1 }));
  // @ts-expect-error  the unit is required
  await everything.required(1);
  // @ts-expect-error  also beside others
  await everything.required(1, keywords({ scale: 1 }));
  // @ts-expect-error  positional only
  await everything.in_place(1, keywords({ b: 1 }));
  // @ts-expect-error  no member of the enum
  await everything.name_of('blue');
  // @ts-expect-error  no literal of those
  await everything.user(1, 'x');
  // @ts-expect-error  both text or both bytes
  await everything.joined('a', Uint8Array.of(1));
  // @ts-expect-error  a movie has no director
  await everything.movies({ title: 'M', director: 'L' });
  // @ts-expect-error  there is no such function
  await everything._private();
  // @ts-expect-error  what is awaited is a number
  (await everything.add(1)) satisfies string;
  // @ts-expect-error  an empty dict is no Map
  (await everything.lengths(new Set())).get(1);
}
`;

/** The same for arrays.py. */
export const PROGRAM_OF_ARRAYS = `
import { deepStrictEqual } from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { DataFrame, ExecutionModule, NdArray, PythonInterpreterService } from 'fujian';

const app = await NestFactory.createApplicationContext(
  ExecutionModule.forRoot({ python: process.argv[2]! }), { logger: ['error'] },
);
const arrays = app.get(PythonInterpreterService).module<typeof import('./arrays.js')>('arrays');

const one = await arrays.doubled(Float64Array.of(1, 2));
deepStrictEqual(one satisfies Float64Array | NdArray<Float64Array>, Float64Array.of(2, 4));
const two = await arrays.doubled(new NdArray(Float64Array.of(1, 2), [1, 2]));
deepStrictEqual(two, new NdArray(Float64Array.of(2, 4), [1, 2]));
const flags = await arrays.positive(Int32Array.of(-1, 1));
deepStrictEqual(flags satisfies NdArray<Uint8Array>, new NdArray(Uint8Array.of(0, 1), [2], 'bool'));
deepStrictEqual((await arrays.largest([[1, 2], [3, 0.5]])) satisfies number, 3);
const table = new DataFrame({ a: Float64Array.of(1, 2), b: ['x', 'y'] });
const rows = await arrays.head(table);
deepStrictEqual(rows satisfies DataFrame, new DataFrame({ a: Float64Array.of(1), b: ['x'] }));
await app.close();
console.log('all as declared');

export async function compiled(): Promise<void> {
  // @ts-expect-error  of 64 bits
  await arrays.doubled(Float32Array.of(1));
  // @ts-expect-error  a list is no array
  await arrays.doubled([1, 2]);
}
`;
