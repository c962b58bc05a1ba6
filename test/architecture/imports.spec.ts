import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import allowed from '../../scripts/lint/rooms.json' with { type: 'json' };

/** The allowed imports of each room. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = allowed;
const ROOMS = Object.keys(ALLOWED);

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** Returns the path of a file of a room: the room itself, or a file in its folder. */
const fileOf = (room: string, name: string): string =>
  room.endsWith('.ts') ? room : `${room}/${name}.ts`;

const specifier = (from: string, to: string): string => {
  const path = relative(dirname(from), to).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
};

describe('the linter', () => {
  let directory: string;
  let findings: readonly Finding[];

  const write = (file: string, lines: readonly string[]): void => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), lines.join('\n'));
  };

  /** Returns the rooms whose import into this room the linter refuses, in order of the lines. */
  const refusedTo = (room: string): string[] => {
    const file = fileOf(room, 'importing');
    return findings
      .filter(({ code, filename }) => code === 'fujian(rooms)' && filename === file)
      .map(({ labels }) => labels[0]!.span.line)
      .toSorted((one, other) => one - other)
      .map((line) => ROOMS[line - 1]!);
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'imports-'));
    for (const file of ['.oxlintrc.json', 'tsconfig.json', 'scripts/lint']) {
      cpSync(file, join(directory, file), { recursive: true });
    }
    for (const room of ROOMS) {
      const file = fileOf(room, 'importing');
      const imports = ROOMS.map(
        (other) => `export * from '${specifier(file, fileOf(other, 'imported'))}';`,
      );
      write(file, imports);
    }
    write('src/errors/one.ts', ["export * from './two.js';", 'export interface One {}']);
    write('src/errors/two.ts', ["import type { One } from './one.js';", 'export type Two = One;']);
    write('src/stray/file.ts', ["export * from '../version.js';"]);
    write('pages/page.ts', ["export * from 'node:fs';"]);
    const { stdout, stderr } = spawnSync(
      resolve('node_modules/.bin/oxlint'),
      ['--config', '.oxlintrc.json', '--format', 'json', '.'],
      { cwd: directory, encoding: 'utf8', maxBuffer: Infinity },
    );
    if (!stdout.startsWith('{')) throw new Error(stdout + stderr);
    ({ diagnostics: findings } = JSON.parse(stdout) as { diagnostics: Finding[] });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(ROOMS)('refuses to %s every room that is not on its list', (room) => {
    const strangers = ROOMS.filter((other) => other !== room && !ALLOWED[room]!.includes(other));
    expect(strangers).not.toEqual([]);
    expect(refusedTo(room)).toEqual(strangers);
  });

  it('refuses files that belong to no room', () => {
    const codes = findings.filter(({ filename }) => filename === 'src/stray/file.ts');
    expect(codes.map(({ code }) => code)).toContain('fujian(rooms)');
  });

  it('refuses cycles, those of types alone as well', () => {
    const cycles = findings.filter(({ code }) => code.endsWith('(no-cycle)'));
    expect(cycles.map(({ filename }) => filename)).toContain('src/errors/one.ts');
  });

  it('refuses Node to pages, which run in browsers', () => {
    const page = findings.find(({ filename }) => filename === 'pages/page.ts');
    expect(page?.code).toBe('eslint(no-restricted-imports)');
  });
});

describe('docs/architecture.md', () => {
  it('says of each room what it may import', () => {
    const page = readFileSync('docs/architecture.md', 'utf8');
    const rows = [...page.matchAll(/^\| `([^`]+)` +\| [^|]+ \| ([^|]+) \|$/gm)].map(
      ([, room, list]) => [room, [...list!.matchAll(/`([^`]+)`/g)].map(([, name]) => name)],
    );
    expect(Object.fromEntries(rows)).toEqual(ALLOWED);
  });
});
