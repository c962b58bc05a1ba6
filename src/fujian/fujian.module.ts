import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { FUJIAN_OPTIONS, type FujianOptions } from './fujian-options.js';
import { FujianController } from './fujian.controller.js';
import { ContextGateway, FujianGateway } from './fujian.gateway.js';

const { ConfigurableModuleClass, OPTIONS_TYPE } = new ConfigurableModuleBuilder<FujianOptions>({
  optionsInjectionToken: FUJIAN_OPTIONS,
}).build();

/** The Fujian door. Needs `ExecutionModule` and `AccessModule` in `imports`. */
@Module({ controllers: [FujianController], providers: [FujianGateway, ContextGateway] })
export class FujianModule extends ConfigurableModuleClass {
  static override register(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.register(options);
  }
}
