import { ConfigurableModuleBuilder, type DynamicModule, Logger, Module } from '@nestjs/common';
import { DEFAULTS } from '../../config/defaults.js';
import { VERSION } from '../version.js';
import { INTERPRETER_ENGINE } from './engine/engine.js';
import { LocalEngine } from './engine/local/local-engine.js';
import { EXECUTION_OPTIONS } from './execution.constants.js';
import type { ExecutionOptions } from './execution-options.js';
import { PythonInterpreterService } from './python-interpreter.service.js';

const { ConfigurableModuleClass, OPTIONS_TYPE } = new ConfigurableModuleBuilder<ExecutionOptions>({
  optionsInjectionToken: EXECUTION_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({
    ...definition,
    global: isGlobal,
  }))
  .build();

/** Python interpreters, and the service that runs code in them. */
@Module({
  providers: [
    PythonInterpreterService,
    { provide: INTERPRETER_ENGINE, useFactory: createEngine, inject: [EXECUTION_OPTIONS] },
  ],
  exports: [PythonInterpreterService],
})
export class ExecutionModule extends ConfigurableModuleClass {
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }
}

function createEngine(options: ExecutionOptions): LocalEngine {
  const logger = new Logger('Python');
  return new LocalEngine({
    python: options.python,
    version: VERSION,
    start: options.start ?? DEFAULTS.start,
    preload: options.preload ?? [],
    cwd: options.cwd,
    outputLimit: options.outputLimit ?? DEFAULTS.outputLimit,
    log: (line) => logger.log(line),
  });
}
