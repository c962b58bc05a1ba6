import { type DynamicModule, Module } from '@nestjs/common';
import { ApiDocsController } from './api-docs.controller.js';

/** The documents that describe the service, behind the policy in `access`. */
@Module({ controllers: [ApiDocsController] })
export class ApiDocsModule {
  static of(access: DynamicModule): DynamicModule {
    return { module: ApiDocsModule, imports: [access] };
  }
}
