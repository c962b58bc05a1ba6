import { Injectable, Module } from '@nestjs/common';
import { DuplicateProtocolError } from '../../errors/application-errors.js';

/** The protocols of an application, by path. */
@Injectable()
export class MountedProtocols {
  private readonly mounts = new Set<string>();

  /** @throws DuplicateProtocolError if the protocol is at this path already. */
  claim(protocol: string, path: string): void {
    const mount = `${protocol} ${path}`;
    if (this.mounts.has(mount)) throw new DuplicateProtocolError(protocol, path);
    this.mounts.add(mount);
  }
}

/**
 * Records the path of a protocol, in the constructor of its module. Both arguments are undefined if
 * the module was imported without `register()`.
 *
 * @throws Error without `register()`, DuplicateProtocolError for a second protocol of its kind at
 * the path.
 */
export function claimMountPath(
  protocol: string,
  protocols: MountedProtocols | undefined,
  path: string | undefined,
): void {
  if (!protocols || path === undefined) {
    throw new Error(`Import ${protocol}.register(), not ${protocol} itself.`);
  }
  protocols.claim(protocol, path);
}

/** Static, so that Nest keeps one in an application, however many protocols import it. */
@Module({ providers: [MountedProtocols], exports: [MountedProtocols] })
export class MountedProtocolsModule {}
