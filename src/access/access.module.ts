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

// `alwaysTransient`: with `moduleIdGeneratorAlgorithm: 'deep-hash'` Nest would take two policies whose classes only
// read the same for one.
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
 * `AccessModule.register(options)` or `registerAsync`, for the `access` of a protocol. Nothing here is applied
 * globally: a protocol names the guard and the interceptor on its own controllers, and leaves the host's routes alone.
 * Nor is it global itself: which policy a protocol has is seen where the protocol is registered.
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
