import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';

import { allowedHostName } from '../src/access/syntax/allowed-host-name.js';
import type { Quantity } from './setting.js';

const KIB = 1024;
const MIB = KIB * 1024;
const GIB = MIB * 1024;

/** Every unit counts by 1024, as in Express and nginx, however it is spelt. */
const SIZE_UNITS = {
  '': 1,
  b: 1,
  k: KIB,
  kb: KIB,
  kib: KIB,
  m: MIB,
  mb: MIB,
  mib: MIB,
  g: GIB,
  gb: GIB,
  gib: GIB,
};

const TIME_UNITS = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds. Node's timers hold 31 bits; anything longer would fire at once. */
export const LONGEST_DURATION = 2 ** 31 - 1;

const QUANTITY = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

const MODULE_NAME = /^[\p{ID_Start}_]\p{ID_Continue}*(?:\.[\p{ID_Start}_]\p{ID_Continue}*)*$/u;

const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  [false, false],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

/*
 * The functions below read values as people write them, from text or from JSON. All return undefined
 * for a value that they cannot read.
 */

/** Reads bytes: `10485760`, `10mb`, `512 KiB`. At least one, since a limit of 0 would admit nothing. */
export function byteSize(value: unknown): number | undefined {
  const bytes = quantity(value, SIZE_UNITS);
  return bytes === 0 ? undefined : bytes;
}

/** Reads milliseconds: `1500`, `1500ms`, `30s`, `2m`. */
export function duration(value: unknown): number | undefined {
  const milliseconds = quantity(value, TIME_UNITS);
  return milliseconds !== undefined && milliseconds <= LONGEST_DURATION ? milliseconds : undefined;
}

/** Writes bytes or milliseconds as people do: `10mb`, `30s`. */
export function writtenQuantity(value: number, kind: Quantity): string {
  const { gb, mb, kb } = SIZE_UNITS;
  const { h, m, s } = TIME_UNITS;
  const units = kind === 'size' ? { gb, mb, kb } : { h, m, s };
  const [unit, size] =
    Object.entries(units).find(([, one]) => value > 0 && value % one === 0) ?? [];
  if (size === undefined) return String(value);
  return `${value / size}${unit}`;
}

/** Reads a number with an optional unit, such as `1.5 MiB` or `30s`, in whole base units. */
function quantity(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, amount, unit = ''] = QUANTITY.exec(String(value)) ?? [];
  const size = new Map(Object.entries(units)).get(unit.toLowerCase());
  if (amount === undefined || size === undefined) return undefined;
  const result = Math.floor(Number(amount) * size);
  return Number.isSafeInteger(result) ? result : undefined;
}

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined;
  return number >= least && number <= most ? number : undefined;
}

/** Reads yes or no. */
export function flag(value: unknown): boolean | undefined {
  return FLAGS.get(typeof value === 'string' ? value.toLowerCase() : value);
}

/** Reads a text that is not empty and has no NUL, which no path or name can hold. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined;
}

/** Reads a comma-separated list or a JSON array. `item` reads each item; duplicates are dropped. */
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
    // A trailing comma is allowed.
    if (trimmed === '') continue;
    const read = item(trimmed);
    if (read === undefined) return undefined;
    items.add(read);
  }
  return [...items];
}

/** Reads a path and makes it absolute, because interpreters run in other directories. */
export function existingPath(value: unknown, kind: 'file' | 'directory'): string | undefined {
  const path = text(value);
  if (path === undefined) return undefined;
  return exists(path, kind) ? resolve(path) : undefined;
}

/** Returns false also for a path that cannot be examined: no rights, a loop of links. */
function exists(path: string, kind: 'file' | 'directory'): boolean {
  try {
    const found = statSync(path);
    return kind === 'file' ? found.isFile() : found.isDirectory();
  } catch {
    return false;
  }
}

/** Reads a command, which is looked up in PATH, or a path, which is made absolute. */
export function pythonCommand(value: unknown): string | undefined {
  const command = text(value);
  return command !== undefined && /[/\\]/.test(command) ? resolve(command) : command;
}

/** Reads an address or host name to listen on; IPv6 with or without brackets, returned without. */
export function listenAddress(host: string): string | undefined {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return isIP(bare) === 0 ? allowedHostName(bare) : bare;
}

/** Reads the dotted name of a Python module. */
export function moduleName(name: string): string | undefined {
  return MODULE_NAME.test(name) ? name : undefined;
}
