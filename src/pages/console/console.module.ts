import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import type { MountOptions } from '../../http/mounting/mount-options.js';
import { MOUNT_PATH } from '../../http/mounting/mount-path.js';
import { mountProtocol } from '../../http/mounting/mount-protocol.js';
import { claimMountPath, MountedProtocols } from '../../http/mounting/mounted-protocols.js';
import { ConsoleController } from './console.controller.js';

/** The console. It uses the other two protocols, which must be registered at the same path. */
@Module({ controllers: [ConsoleController] })
export class ConsoleModule {
  /** @throws DuplicateProtocolError if there is a console at this path already. */
  constructor(
    @Optional() @Inject(MountedProtocols) protocols?: MountedProtocols,
    @Optional() @Inject(MOUNT_PATH) path?: string,
  ) {
    claimMountPath('ConsoleModule', protocols, path);
  }

  static register(options: MountOptions = {}): DynamicModule {
    return mountProtocol({ module: ConsoleModule }, options);
  }
}
