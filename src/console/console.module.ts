import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  Optional,
} from '@nestjs/common';
import { MOUNT_DEFAULTS, type MountOptions } from '../mounting/mount-options.js';
import { MOUNT_PATH } from '../mounting/mount-path.js';
import { mounted } from '../mounting/mounted.js';
import { claimPlace, MountedDoors } from '../mounting/mounted-doors.js';
import { ConsoleController } from './console.controller.js';

const { ConfigurableModuleClass, OPTIONS_TYPE } = new ConfigurableModuleBuilder<object>({
  alwaysTransient: true,
})
  .setExtras<MountOptions>(MOUNT_DEFAULTS, mounted)
  .build();

/** The console. It works through the other two doors, which must be registered at the same path. */
@Module({ controllers: [ConsoleController] })
export class ConsoleModule extends ConfigurableModuleClass {
  /** @throws DuplicateDoorError */
  constructor(
    @Optional() @Inject(MountedDoors) doors?: MountedDoors,
    @Optional() @Inject(MOUNT_PATH) path?: string,
  ) {
    super();
    claimPlace('ConsoleModule', doors, path);
  }

  static override register(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.register(options);
  }
}
