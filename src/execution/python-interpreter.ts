import type {
  BeforeApplicationShutdown,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import type { PythonInterpreterService } from './python-interpreter.service.js';

/** Interface of `PythonInterpreterService` without Nest's lifecycle hooks, for test doubles. */
export type PythonInterpreter = Omit<
  PythonInterpreterService,
  keyof (OnModuleInit & BeforeApplicationShutdown & OnApplicationShutdown)
>;
