import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';

import type { AccessOptions } from './access-options.js';
import { AccessPolicy } from './access-policy.js';
import { ACCESS_OPTIONS } from './access.constants.js';
import { AccessGuard } from './access.guard.js';

export interface AccessModuleExtras {
  /** A subclass of `AccessPolicy` that overrides some rule. */
  policy?: Type<AccessPolicy>;
}

// `alwaysTransient`: with `moduleIdGeneratorAlgorithm: 'deep-hash'` Nest would merge two policies
// whose classes only have the same source.
const { ConfigurableModuleClass, OPTIONS_TYPE } = new ConfigurableModuleBuilder<AccessOptions>({
  optionsInjectionToken: ACCESS_OPTIONS,
  alwaysTransient: true,
})
  .setExtras<AccessModuleExtras>({ policy: AccessPolicy }, (definition, extras) => ({
    ...definition,
    providers: [
      ...(definition.providers ?? []),
      { provide: AccessPolicy, useClass: extras.policy ?? AccessPolicy },
    ],
  }))
  .build();

/**
 * `AccessModule.register(options)` or `registerAsync`, for the `access` of a protocol. Nothing here
 * is applied globally: a protocol puts the guard and the interceptor on its own controllers, and
 * leaves the application's routes alone. The module is not global either: a protocol's policy is
 * visible where the protocol is registered.
 */
@Module({
  providers: [AccessGuard],
  exports: [AccessPolicy, AccessGuard],
})
export class AccessModule extends ConfigurableModuleClass {
  static override register(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return super.register(options);
  }
}
