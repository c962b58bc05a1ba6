import { createRequire } from 'node:module';
import type { Configuration } from '../../../config/schema.js';
import { VERSION } from '../../version.js';
import { type Finding, ok, problem, warning } from './finding.js';

const manifest = createRequire(import.meta.url)('#package.json') as {
  readonly engines: { readonly node: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
};

const FASTIFY = '@nestjs/platform-fastify';

export function checkNode(): Finding {
  const found = `Fujian ${VERSION} on Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const tested = manifest.engines.node.split(' || ').map((range) => range.replace('^', ''));
  const major = tested.find((oldest) => sameMajor(oldest, process.versions.node));
  if (major !== undefined && isAtLeast(process.versions.node, major)) return ok('Node', found);
  const [oldest = ''] = tested;
  return isAtLeast(process.versions.node, oldest)
    ? warning('Node', found, `Fujian is tested on Node ${tested.join(', ')} and later of each.`)
    : problem('Node', found, `Fujian needs Node ${oldest} or later: install it.`);
}

function sameMajor(one: string, other: string): boolean {
  return Number.parseInt(one) === Number.parseInt(other);
}

function isAtLeast(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = oldest.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/**
 * Checks the packages that the service needs. npm installs them; other ways of installing may not.
 */
export function checkPackages({ httpAdapter }: Configuration): Finding {
  const { peerDependencies, peerDependenciesMeta } = manifest;
  const needed = Object.keys(peerDependencies).filter((name) =>
    name === FASTIFY ? httpAdapter === 'fastify' : !peerDependenciesMeta[name]?.optional,
  );
  const missing = needed.filter((name) => !isInstalled(name));
  if (missing.length === 0) return ok('packages', `all ${needed.length} of the service are there`);
  const advice = `npm install ${missing.join(' ')}, or npm ci in a clone of Fujian.`;
  return problem('packages', `not installed: ${missing.join(', ')}`, advice);
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
