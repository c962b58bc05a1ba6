import { ConfigurationError } from '../config/configuration-error.js';
import { loadConfiguration } from '../config/load-configuration.js';
import { FujianError } from './execution/errors/fujian-error.js';
import { createLogger } from './serving/logger.js';
import { type Service, startService } from './service.js';

/**
 * Milliseconds in which a second signal is the first one again: Ctrl-C reaches the service from the
 * terminal, and once more from `npm start` and `nest start`, which pass it on.
 */
const SAME_SIGNAL = 500;

// That nobody reads the log any more (`npm start | head`) is no reason to stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  const { configuration, warnings } = loadConfiguration();
  const logger = createLogger(configuration.logLevel, configuration.logFormat);
  for (const warning of warnings) logger.warn(warning, 'Configuration');
  let service: Service | undefined;
  stopOnSignals(() => service);
  service = await startService(configuration, logger);
} catch (error) {
  const isExpected = error instanceof ConfigurationError || error instanceof FujianError;
  process.stderr.write(
    `${isExpected ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exit(1);
}

/** The first signal stops the service in order, the second at once, as does any while it starts. */
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
