import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** In the order of the `Allow` header. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
type Method = (typeof METHODS)[number];

interface ServedRoute {
  readonly path: RegExp;
  readonly method: string;
}

/** The routes of the controllers, from their metadata. */
@Injectable()
export class ServedRoutes {
  private known: readonly ServedRoute[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Preflight routes do not count, as they match more paths than are served. */
  serves(path: string): boolean {
    return this.all.some(({ method, path: pattern }) => method !== 'OPTIONS' && pattern.test(path));
  }

  /** Returns the methods of a path. Returns an empty list for a path that is not served. */
  methodsOf(path: string): readonly Method[] {
    if (!this.serves(path)) return [];
    const taken = new Set(
      this.all.filter((route) => route.path.test(path)).map(({ method }) => method),
    );
    if (taken.has('GET')) taken.add('HEAD');
    return METHODS.filter((method) => taken.has(method));
  }

  private get all(): readonly ServedRoute[] {
    return (this.known ??= this.discovered());
  }

  private discovered(): ServedRoute[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      const prototype = (metatype as { prototype: Record<string, object> }).prototype;
      return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler = prototype[name]!;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) return [];
        return pathsOf(metatype!).flatMap((base) =>
          pathsOf(handler).map((path) => ({
            path: patternOf(`${base}/${path}`),
            method: RequestMethod[method],
          })),
        );
      });
    });
  }
}

function pathsOf(target: object): string[] {
  return [Reflect.getMetadata(PATH_METADATA, target) as string | string[]].flat();
}

function patternOf(path: string): RegExp {
  const segments = path.split('/').filter(Boolean);
  const patterns = segments.map((segment) =>
    segment.startsWith(':') ? '[^/#]+' : segment.replace(/[^\w-]/g, String.raw`\$&`),
  );
  return new RegExp(`^/${patterns.join('/')}$`);
}
