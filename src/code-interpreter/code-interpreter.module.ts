import { Module } from '@nestjs/common';
import { ContextsController } from './contexts.controller.js';

/** The protocol of code interpreters. Needs `ExecutionModule` and `AccessModule` in `imports`. */
@Module({ controllers: [ContextsController] })
export class CodeInterpreterModule {}
