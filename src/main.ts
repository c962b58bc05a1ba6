import { ConfigurationError } from '../config/configuration-error.js';
import { loadConfiguration } from '../config/load-configuration.js';
import { FujianError } from './execution/errors/fujian-error.js';
import { createLogger } from './serving/logger.js';
import { type Service, startService } from './service.js';

try {
  const { configuration, warnings } = loadConfiguration();
  const logger = createLogger(configuration.logLevel);
  for (const warning of warnings) logger.warn(warning, 'Configuration');
  stopOnSignals(await startService(configuration, logger));
} catch (error) {
  const isExpected = error instanceof ConfigurationError || error instanceof FujianError;
  process.stderr.write(
    `${isExpected ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exit(1);
}

/** The first signal stops the service in order, the second at once. */
function stopOnSignals(service: Service): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) process.exit(1);
    isStopping = true;
    void service.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
