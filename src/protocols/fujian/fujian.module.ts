import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  Optional,
} from '@nestjs/common';
import { DEFAULTS } from '../../../config/defaults.js';
import { MOUNT_DEFAULTS, type MountOptions } from '../../http/mounting/mount-options.js';
import { MOUNT_PATH, mountPath } from '../../http/mounting/mount-path.js';
import { mountProtocol } from '../../http/mounting/mount-protocol.js';
import { claimMountPath, MountedProtocols } from '../../http/mounting/mounted-protocols.js';
import { FUJIAN_OPTIONS, type FujianOptions } from './fujian-options.js';
import { FujianController } from './fujian.controller.js';
import { gatewaysAt } from './gateways-at.js';

/** Settings of a `FujianModule` that are needed before its options are resolved. */
export interface FujianModuleExtras extends MountOptions {
  /** Whether to serve WebSockets too. Default true. */
  readonly webSocket?: boolean | undefined;
  /** Bytes of source code that a WebSocket message may hold. Default 10 MiB. */
  readonly messageLimit?: number | undefined;
}

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<FujianOptions>({
    optionsInjectionToken: FUJIAN_OPTIONS,
    alwaysTransient: true,
  })
    .setFactoryMethodName('createFujianOptions')
    .setExtras<FujianModuleExtras>(
      { ...MOUNT_DEFAULTS, webSocket: true, messageLimit: DEFAULTS.messageLimit },
      (definition, extras) => {
        const { webSocket = true, messageLimit = DEFAULTS.messageLimit, ...mount } = extras;
        const gateways = webSocket ? gatewaysAt(mountPath(mount.path), messageLimit) : [];
        const providers = [...(definition.providers ?? []), ...gateways];
        return mountProtocol({ ...definition, providers }, mount);
      },
    )
    .build();

/** The Fujian protocol. Needs a Python: a global `ExecutionModule`, or one in `imports`. */
@Module({ controllers: [FujianController] })
export class FujianModule extends ConfigurableModuleClass {
  /** @throws DuplicateProtocolError if there is one at this path already. */
  constructor(
    @Optional() @Inject(MountedProtocols) protocols?: MountedProtocols,
    @Optional() @Inject(MOUNT_PATH) path?: string,
  ) {
    super();
    claimMountPath('FujianModule', protocols, path);
  }

  static override register(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.register(options);
  }

  /**
   * Takes options from `useFactory`, `useClass` or `useExisting`. Mount options stand beside these.
   */
  static override registerAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.registerAsync(options);
  }
}
