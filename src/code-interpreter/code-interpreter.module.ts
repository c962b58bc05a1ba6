import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import {
  CODE_INTERPRETER_OPTIONS,
  type CodeInterpreterOptions,
} from './code-interpreter-options.js';
import { CodeInterpreterController } from './code-interpreter.controller.js';
import { ContextsController } from './contexts.controller.js';
import { SandboxController } from './sandbox.controller.js';

const { ConfigurableModuleClass, OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<CodeInterpreterOptions>({
    optionsInjectionToken: CODE_INTERPRETER_OPTIONS,
  }).build();

/** The code-interpreter door. Needs `ExecutionModule` and `AccessModule` in `imports`. */
@Module({ controllers: [CodeInterpreterController, ContextsController, SandboxController] })
export class CodeInterpreterModule extends ConfigurableModuleClass {
  static override register(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.register(options);
  }
}
