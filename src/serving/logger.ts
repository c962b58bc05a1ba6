import { inspect } from 'node:util';
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

/** Characters that end a line, or control a terminal. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

/** Writes one line for each message: code and clients must not forge lines, nor control terminals. */
class ServiceLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && NEST_CONTEXTS.has(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  protected override stringifyMessage(message: unknown, level: LogLevel): string {
    const text = typeof message === 'string' ? message : inspect(message);
    return super.stringifyMessage(escaped(text), level);
  }

  /** Inspecting has escaped all but separators, and may have added colors. */
  protected override stringifyParams(params: Record<string, unknown>): string {
    return super.stringifyParams(params).replace(/[\u2028\u2029]/g, escaped);
  }

  protected override getTimestamp(): string {
    return new Date().toISOString();
  }

  /** Uses the names and the time that log collectors expect. */
  protected override stringifyJsonLogObject(entry: Record<string, unknown>): string {
    const level = entry['level'] === 'log' ? 'info' : entry['level'];
    return escaped(
      super.stringifyJsonLogObject({ ...entry, level, timestamp: this.getTimestamp() }),
    );
  }

  protected override printStackTrace(stack: string | undefined): void {
    if (stack !== undefined) super.printStackTrace(escaped(stack));
  }
}

/** Escapes control characters as JSON does. */
function escaped(text: string): string {
  return text.replace(CONTROL, (character) => {
    const quoted = JSON.stringify(character).slice(1, -1);
    return quoted === character
      ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
      : quoted;
  });
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
