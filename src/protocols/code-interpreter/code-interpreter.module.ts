import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Module,
  Optional,
} from '@nestjs/common';
import { MOUNT_DEFAULTS, type MountOptions } from '../../http/mounting/mount-options.js';
import { MOUNT_PATH } from '../../http/mounting/mount-path.js';
import { mountProtocol } from '../../http/mounting/mount-protocol.js';
import { claimMountPath, MountedProtocols } from '../../http/mounting/mounted-protocols.js';
import {
  CODE_INTERPRETER_OPTIONS,
  type CodeInterpreterOptions,
} from './code-interpreter-options.js';
import { CodeInterpreterController } from './code-interpreter.controller.js';
import { ContextsController } from './contexts.controller.js';
import { SandboxController } from './sandbox.controller.js';

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<CodeInterpreterOptions>({
    optionsInjectionToken: CODE_INTERPRETER_OPTIONS,
    alwaysTransient: true,
  })
    .setFactoryMethodName('createCodeInterpreterOptions')
    .setExtras<MountOptions>(MOUNT_DEFAULTS, mountProtocol)
    .build();

/** The code-interpreter protocol. Needs a Python: a global `ExecutionModule`, or one in `imports`. */
@Module({ controllers: [CodeInterpreterController, ContextsController, SandboxController] })
export class CodeInterpreterModule extends ConfigurableModuleClass {
  /** @throws DuplicateProtocolError if there is one at this path already. */
  constructor(
    @Optional() @Inject(MountedProtocols) protocols?: MountedProtocols,
    @Optional() @Inject(MOUNT_PATH) path?: string,
  ) {
    super();
    claimMountPath('CodeInterpreterModule', protocols, path);
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
