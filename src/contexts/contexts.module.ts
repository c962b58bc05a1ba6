import { Module } from '@nestjs/common';
import { ContextsController } from './contexts.controller.js';

/** Sessions over HTTP. Needs `ExecutionModule` and `AccessModule` in `imports`. */
@Module({ controllers: [ContextsController] })
export class ContextsModule {}
