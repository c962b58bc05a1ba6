import type { Configuration } from '../../config/schema.js';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';

/** Most severe first. */
const LEVELS = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const satisfies LogLevel[];

/** Messages of Nest's own start are logged at `debug`. */
const NEST_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
]);

class ServiceLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && NEST_CONTEXTS.has(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}

/** @param level the least severe level that is logged. */
export function createLogger(
  level: (typeof LEVELS)[number],
  format: Configuration['logFormat'],
): ConsoleLogger {
  return new ServiceLogger({
    prefix: 'Fujian',
    json: format === 'json',
    flattenParams: true,
    colors: process.stdout.isTTY ? process.stdout.hasColors() : false,
    logLevels: LEVELS.slice(0, LEVELS.indexOf(level) + 1),
  });
}
