import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import type { MountOptions } from '../../http/mounting/mount-options.js';
import { MOUNT_PATH } from '../../http/mounting/mount-path.js';
import { mounted } from '../../http/mounting/mounted.js';
import { claimPlace, MountedProtocols } from '../../http/mounting/mounted-protocols.js';
import { ConsoleController } from './console.controller.js';

/** The console. It works through the other two protocols, which must be registered at the same path. */
@Module({ controllers: [ConsoleController] })
export class ConsoleModule {
  /** @throws DuplicateProtocolError */
  constructor(
    @Optional() @Inject(MountedProtocols) protocols?: MountedProtocols,
    @Optional() @Inject(MOUNT_PATH) path?: string,
  ) {
    claimPlace('ConsoleModule', protocols, path);
  }

  static register(options: MountOptions = {}): DynamicModule {
    return mounted({ module: ConsoleModule }, options);
  }
}
