import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  Optional,
} from '@nestjs/common';
import { VERSION } from '../version.js';
import { INTERPRETER_ENGINE } from './engine/engine.js';
import { LocalEngine } from './engine/local/local-engine.js';
import { EXECUTION_OPTIONS } from './execution.constants.js';
import type { ExecutionOptions } from './execution-options.js';
import { executionSettings } from './execution-settings.js';
import { PYTHON_INSTANCE, PythonInstance } from './instances/python-instance.js';
import { PythonInstances } from './instances/python-instances.js';
import { PythonInstancesModule } from './instances/python-instances.module.js';
import { getPythonToken } from './instances/python-token.js';
import { PythonInterpreterService } from './python-interpreter.service.js';

/** Options of `ExecutionModule` that must be known before `useFactory` runs. */
export interface ExecutionModuleExtras {
  /** Name for `@InjectPython(name)`. Without a name, inject the service by its class. */
  readonly name?: string | undefined;
  /** Default false. */
  readonly isGlobal?: boolean | undefined;
}

// `alwaysTransient`: with `moduleIdGeneratorAlgorithm: 'deep-hash'` Nest would merge two imports with
// equal options, or with equal factories. Two Pythons where one is meant must be an error.
const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<ExecutionOptions>({
    optionsInjectionToken: EXECUTION_OPTIONS,
    alwaysTransient: true,
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createExecutionOptions')
    .setExtras<ExecutionModuleExtras>(
      { name: undefined, isGlobal: false },
      (definition, { name, isGlobal = false }) => ({
        ...definition,
        global: isGlobal,
        providers: [
          ...(definition.providers ?? []),
          { provide: PYTHON_INSTANCE, useValue: new PythonInstance(name) },
          {
            provide: INTERPRETER_ENGINE,
            useFactory: createEngine,
            inject: [EXECUTION_OPTIONS, PYTHON_INSTANCE],
          },
          { provide: getPythonToken(name), useClass: PythonInterpreterService },
        ],
        exports: [getPythonToken(name)],
      }),
    )
    .build();

/**
 * Provides `PythonInterpreterService`, which runs code in live Python interpreters.
 *
 * Each `forRoot()` and `forRootAsync()` creates a separate Python; several in one application need
 * names.
 */
@Module({ imports: [PythonInstancesModule] })
export class ExecutionModule extends ConfigurableModuleClass {
  /** @throws DuplicatePythonError */
  constructor(
    @Inject(PythonInstances) instances: PythonInstances,
    @Optional() @Inject(PYTHON_INSTANCE) instance?: PythonInstance,
  ) {
    super();
    if (!instance) throw new Error('Import ExecutionModule.forRoot(), not ExecutionModule itself.');
    instances.claim(instance.name);
  }

  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * Takes the options from `useFactory`, or from an `ExecutionOptionsFactory`: `useClass`,
   * `useExisting`.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}

function createEngine(
  options: ExecutionOptions | undefined,
  { logContext }: PythonInstance,
): LocalEngine {
  const logger = new Logger(logContext);
  const { python, start, preload = [], cwd, outputLimit } = executionSettings(options);
  const log = (line: string): void => logger.log(line);
  const warn = (message: string): void => logger.warn(message);
  return new LocalEngine({ python, version: VERSION, start, preload, cwd, outputLimit, log, warn });
}
