import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { configurationSchema } from './schema.js';
import { SETTINGS } from './settings.js';

interface Row {
  readonly variable: string;
  readonly key: string;
  readonly fallback: string;
  readonly meaning: string;
}

const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8');

/** Rows of the table look like: | `FUJIAN_PORT` | `port` | `1987` | TCP port | */
const rows: Row[] = page
  .split('\n')
  .filter((line) => line.startsWith('| `FUJIAN_'))
  .map((line) => {
    const cells = line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    const [, variable = '', key = '', fallback = '', meaning = ''] = cells;
    return { variable, key, fallback, meaning };
  });

describe('the table in docs/configuration.md', () => {
  it('has every setting, in order, and no other', () => {
    expect(rows.map(({ variable, key }) => [variable, key])).toEqual(
      SETTINGS.map(({ variable, key }) => [variable, key]),
    );
  });

  it('gives the description of each setting', () => {
    expect(rows.map(({ meaning }) => meaning)).toEqual(
      SETTINGS.map(({ description }) => description),
    );
  });

  it.each(rows)('gives the default of $variable: $fallback', ({ key, fallback }) => {
    const type = Object.entries(configurationSchema.shape).find(([name]) => name === key)?.[1];
    const byDefault: unknown = configurationSchema.parse({})[key as keyof object];
    const documented: unknown = fallback === '–' ? undefined : type?.parse(fallback);
    if (Array.isArray(byDefault) && byDefault.length === 0) expect(fallback).toBe('–');
    else expect(documented).toEqual(byDefault);
  });

  it('mentions the file', () => expect(page).toContain('FUJIAN_CONFIG'));
});

describe('the settings', () => {
  it('have distinct variables', () => {
    expect(new Set(SETTINGS.map(({ variable }) => variable)).size).toBe(SETTINGS.length);
  });
});
