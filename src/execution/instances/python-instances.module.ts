import { Module } from '@nestjs/common';
import { PythonInstances } from './python-instances.js';

/** Of a static module there is one in an application, however many `ExecutionModule`s import it. */
@Module({ providers: [PythonInstances], exports: [PythonInstances] })
export class PythonInstancesModule {}
