import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inject } from 'vitest';

/** The user `nobody` on Debian. */
const NOBODY = 65_534;

export const IS_ROOT = process.getuid?.() === 0;

export const ORDINARY_UID = IS_ROOT ? NOBODY : process.getuid?.();

/** Starts a program as an ordinary user: in front of it and its arguments. Empty where this is one. */
export const AS_ORDINARY_USER: readonly string[] = IS_ROOT
  ? ['setpriv', '--reuid', String(NOBODY), '--clear-groups']
  : [];

function mayRun(...command: readonly string[]): boolean {
  // The kernel opens the program of setpriv itself with the rights of root: hence env.
  const [program, ...rest] = [...AS_ORDINARY_USER, 'env', ...command];
  return spawnSync(program!, rest, { stdio: 'ignore' }).status === 0;
}

/** Makes a directory that belongs to the ordinary user. */
export function ordinaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'user-'));
  if (IS_ROOT) chownSync(directory, NOBODY, 0);
  return directory;
}

/** Returns a Python that the ordinary user may run: not one in the home directory of root. */
export function ordinaryPython(): string {
  const candidates = [...inject('pythons').supported.map(({ path }) => path), '/usr/bin/python3'];
  const python = candidates.find((path) => mayRun(path, '-c', 'import ctypes'));
  if (python === undefined) {
    throw new Error('These tests need a Python that every user may run, such as /usr/bin/python3.');
  }
  return python;
}

/**
 * Returns a directory with this checkout that the ordinary user may read: this one, or where it is in a
 * directory of root's, a copy of hard links in `directory`.
 */
export function ordinaryCheckout(directory: string): string {
  if (mayRun('test', '-r', resolve('package.json'))) return resolve('.');
  execFileSync('cp', ['--recursive', '--link', resolve('.'), join(directory, 'checkout')]);
  return join(directory, 'checkout');
}
