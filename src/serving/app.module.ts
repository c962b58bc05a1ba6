import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, DiscoveryModule } from '@nestjs/core';
import type { Configuration } from '../../config/schema.js';
import { AccessModule } from '../access/access.module.js';
import { ApiDocsModule } from '../pages/api-docs/api-docs.module.js';
import { CodeInterpreterModule } from '../protocols/code-interpreter/code-interpreter.module.js';
import { ConsoleModule } from '../pages/console/console.module.js';
import { executionOptionsIn } from '../execution/execution-settings.js';
import { ExecutionModule } from '../execution/execution.module.js';
import type { SessionLimits } from '../execution/session-limits.js';
import { FujianModule } from '../protocols/fujian/fujian.module.js';
import { ObservabilityModule } from '../observability/observability.module.js';
import { ServedRoutes } from './served-routes.js';
import { UnroutedFilter } from './unrouted.filter.js';

/** The module of the service, composed from its configuration. */
@Module({
  imports: [DiscoveryModule],
  providers: [ServedRoutes, { provide: APP_FILTER, useClass: UnroutedFilter }],
})
export class AppModule {
  static of(configuration: Configuration): DynamicModule {
    const access = AccessModule.register(configuration);
    const { bodyLimit, messageLimit } = configuration;
    return {
      module: AppModule,
      imports: [
        access,
        ExecutionModule.forRoot({
          ...executionOptionsIn(configuration),
          limits: limitsOf(configuration),
          isGlobal: true,
        }),
        CodeInterpreterModule.register({ bodyLimit, access }),
        FujianModule.register({ bodyLimit, messageLimit, access }),
        ObservabilityModule.register({ access }),
        ConsoleModule.register({ access }),
        ApiDocsModule.of(access),
      ],
    };
  }
}

function limitsOf(configuration: Configuration): SessionLimits {
  return {
    memory: configuration.memoryLimit,
    cpuTime: configuration.cpuLimit,
    processes: configuration.processLimit,
    fileSize: configuration.fileSizeLimit,
    openFiles: configuration.openFilesLimit,
  };
}
