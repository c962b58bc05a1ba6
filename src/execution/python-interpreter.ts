import type {
  BeforeApplicationShutdown,
  OnApplicationShutdown,
  OnModuleInit,
} from '@nestjs/common';
import type { PythonInterpreterService } from './python-interpreter.service.js';

/** What `PythonInterpreterService` offers, without what Nest calls: for whatever stands in for it. */
export type PythonInterpreter = Omit<
  PythonInterpreterService,
  keyof (OnModuleInit & BeforeApplicationShutdown & OnApplicationShutdown)
>;
