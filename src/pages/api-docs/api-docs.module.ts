import { type DynamicModule, Module } from '@nestjs/common';
import { ApiDocsController } from './api-docs.controller.js';

/** The documentation of the API, behind the policy in `access`. */
@Module({ controllers: [ApiDocsController] })
export class ApiDocsModule {
  static of(access: DynamicModule): DynamicModule {
    return { module: ApiDocsModule, imports: [access] };
  }
}
