import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';

import type { AccessOptions } from './access-options.js';
import { AccessPolicy } from './access-policy.js';
import { ACCESS_OPTIONS } from './access.constants.js';
import { AccessGuard } from './access.guard.js';

export interface AccessModuleExtras {
  /** A subclass of `AccessPolicy` that overrides some rule. */
  policy?: Type<AccessPolicy>;
  isGlobal?: boolean;
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<AccessOptions>({
  optionsInjectionToken: ACCESS_OPTIONS,
})
  .setExtras<AccessModuleExtras>(
    { policy: AccessPolicy, isGlobal: false },
    (definition, extras) => ({
      ...definition,
      global: extras.isGlobal ?? false,
      providers: [
        ...(definition.providers ?? []),
        { provide: AccessPolicy, useClass: extras.policy ?? AccessPolicy },
      ],
    }),
  )
  .build();

/**
 * `AccessModule.register(options)` or `registerAsync`. Nothing here is applied globally: a door
 * names the guard and the interceptor on its own controllers, and leaves the host's routes alone.
 */
@Module({
  providers: [AccessGuard],
  exports: [AccessPolicy, AccessGuard],
})
export class AccessModule extends ConfigurableModuleClass {}
