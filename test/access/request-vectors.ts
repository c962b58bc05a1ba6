import { readFileSync } from 'node:fs';
import { ADAPTERS } from '../support/service.js';

/** A raw request, and its expected status in either mode. */
export interface Vector {
  readonly id: number;
  readonly transport: 'http' | 'ws';
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly expect_compat: number;
  readonly expect_token: number;
  readonly note: string;
}

const source = new URL('./request-vectors.json', import.meta.url);
export const VECTORS = JSON.parse(readFileSync(source, 'utf8')) as Vector[];

const MODES = [
  { mode: 'configured', requireToken: false, expectation: 'expect_compat' },
  { mode: 'required', requireToken: true, expectation: 'expect_token' },
] as const;

/** Services with the optional or required token `T0K`, each on both adapters. */
export const SERVICES = ADAPTERS.flatMap((httpAdapter) =>
  MODES.map((mode) => ({ httpAdapter, ...mode })),
);
