import type { LoadedConfiguration } from '../../config/load-configuration.js';
import { createLogger } from '../serving/logger.js';
import { type Service, startService } from '../serving/service.js';

/**
 * Milliseconds in which a second signal counts as the first one: Ctrl-C reaches the service from
 * the terminal, and again from `npm start` and `nest start`, which pass it on.
 */
const SAME_SIGNAL = 500;

/**
 * Starts the service, and stops it on SIGINT and SIGTERM.
 *
 * @throws FujianError if the service cannot start.
 */
export async function startServiceProcess({
  configuration,
  warnings,
}: LoadedConfiguration): Promise<Service> {
  const logger = createLogger(configuration.logLevel, configuration.logFormat);
  for (const warning of warnings) logger.warn(warning, 'Configuration');
  let service: Service | undefined;
  stopOnSignals(() => service);
  service = await startService(configuration, logger);
  return service;
}

/**
 * Stops the service in order on the first signal; exits at once on a second one, or during the
 * start.
 */
function stopOnSignals(started: () => Service | undefined): void {
  let stoppingSince: number | undefined;
  const stop = (): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > SAME_SIGNAL) process.exit(1);
      return;
    }
    const service = started();
    if (!service) process.exit(1);
    stoppingSince = performance.now();
    void service.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
