import { Injectable, Module } from '@nestjs/common';
import { DuplicateProtocolError } from './duplicate-protocol.error.js';

/** All protocols of an application. */
@Injectable()
export class MountedProtocols {
  private readonly places = new Set<string>();

  /** @throws DuplicateProtocolError */
  claim(protocol: string, path: string): void {
    const place = `${protocol} ${path}`;
    if (this.places.has(place)) throw new DuplicateProtocolError(protocol, path);
    this.places.add(place);
  }
}

/**
 * For the constructor of a protocol's module, which has neither if it was imported without `register()`.
 *
 * @throws DuplicateProtocolError
 */
export function claimPlace(
  protocol: string,
  protocols: MountedProtocols | undefined,
  path: string | undefined,
): void {
  if (!protocols || path === undefined) {
    throw new Error(`Import ${protocol}.register(), not ${protocol} itself.`);
  }
  protocols.claim(protocol, path);
}

/** Of a static module there is one in an application, however many protocols import it. */
@Module({ providers: [MountedProtocols], exports: [MountedProtocols] })
export class MountedProtocolsModule {}
