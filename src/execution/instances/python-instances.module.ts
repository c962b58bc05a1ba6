import { Module } from '@nestjs/common';
import { PythonInstances } from './python-instances.js';

/** Static module, so that all `ExecutionModule`s of an application share one `PythonInstances`. */
@Module({ providers: [PythonInstances], exports: [PythonInstances] })
export class PythonInstancesModule {}
