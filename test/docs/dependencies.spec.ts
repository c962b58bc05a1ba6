import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
  readonly devDependencies: Record<string, string>;
}

describe('docs/dependencies.md', () => {
  it('gives a reason for every dependency, and for nothing else', () => {
    const page = readFileSync('docs/dependencies.md', 'utf8');
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
    const explained = [...page.matchAll(/^\| `(\S+)` +\| \S/gm)].map(([, name]) => name);
    const peers = Object.keys(manifest.peerDependencies);
    const development = Object.keys(manifest.devDependencies);
    expect(explained).toEqual([
      ...Object.keys(manifest.dependencies),
      ...peers,
      ...development.filter((name) => !peers.includes(name)),
    ]);
    // All others npm installs here too.
    const optional = Object.keys(manifest.peerDependenciesMeta);
    expect(development.filter((name) => peers.includes(name))).toEqual(optional);
  });
});
