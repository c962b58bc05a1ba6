import { resolve } from 'node:path';

import { z } from 'zod';

import { allowedHostName } from '../src/access/syntax/allowed-host-name.js';
import { isExactOrigin } from '../src/access/syntax/exact-origin.js';
import { isHeaderToken } from '../src/access/syntax/header-token.js';
import { DEFAULTS } from './defaults.js';
import { readAs, setting } from './setting.js';
import {
  byteSize,
  duration,
  existingPath,
  flag,
  listenAddress,
  LONGEST_DURATION,
  moduleName,
  pythonCommand,
  text,
  textList,
  wholeNumber,
} from './values.js';

/**
 * Bytes of a Unix socket's path: the shortest limit among the systems (macOS). A longer path would
 * be cut or refused.
 */
export const LONGEST_SOCKET_PATH = 103;

const HTTP_ADAPTERS = ['express', 'fastify'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const;

const exactOrigin = (origin: string) => (isExactOrigin(origin) ? origin : undefined);

const nonEmpty = <Item>(items: Item[] | undefined) => (items?.length === 0 ? undefined : items);

const oneOf = <const Choice extends string>(choices: readonly Choice[]) =>
  readAs(`one of ${choices.join(', ')}`, (raw) => choices.find((choice) => choice === raw));

const bytes = readAs('a number of bytes above 0, such as 10485760, 512kb or 10mb', byteSize);

const milliseconds = readAs(
  `a duration such as 1500 (milliseconds), 30s or 2m, at most ${LONGEST_DURATION} ms`,
  duration,
);

const atLeast = (least: number) =>
  readAs(least > 0 ? `a whole number above ${least - 1}` : 'a whole number', (raw) =>
    wholeNumber(raw, least, Number.MAX_SAFE_INTEGER),
  );

/** The settings: key in code and file, environment variable, parser, default. */
export const configurationSchema = z.object({
  hosts: setting(
    'FUJIAN_HOST',
    'Addresses to listen on. Any that is not loopback needs a token.',
    readAs('a list of addresses or host names without port, such as 127.0.0.1, ::1', (raw) =>
      nonEmpty(textList(raw, listenAddress)),
    ).default([...DEFAULTS.hosts]),
  ),
  port: setting(
    'FUJIAN_PORT',
    'TCP port; 0 takes any free one.',
    readAs('a whole number from 0 to 65535', (raw) => wholeNumber(raw, 0, 65_535)).default(
      DEFAULTS.port,
    ),
  ),
  socket: setting(
    'FUJIAN_SOCKET',
    'Path of a Unix socket to listen on instead of TCP; beside TCP when the hosts are set too.',
    readAs(`a path of at most ${LONGEST_SOCKET_PATH} bytes`, (raw) => {
      const path = text(raw);
      return path !== undefined && Buffer.byteLength(path) <= LONGEST_SOCKET_PATH
        ? path
        : undefined;
    }).exactOptional(),
  ),
  httpAdapter: setting(
    'FUJIAN_HTTP_ADAPTER',
    'HTTP framework under Nest: express or fastify.',
    oneOf(HTTP_ADAPTERS).default(DEFAULTS.httpAdapter),
  ),
  origins: setting(
    'FUJIAN_ORIGINS',
    'Origins of pages that may run code, besides those of this machine and file://. Exact strings.',
    readAs(
      'a list of exact origins such as https://lab.example:8443 or app://. ' +
        '(no path, no wildcard, never null)',
      (raw) => textList(raw, exactOrigin),
    ).default([]),
  ),
  allowedHosts: setting(
    'FUJIAN_HOSTS',
    'Host names that clients may use for the service, besides those of this machine. Without port.',
    readAs('a list of host names without port, such as lab.example', (raw) =>
      textList(raw, allowedHostName),
    ).default([]),
  ),
  token: setting(
    'FUJIAN_TOKEN',
    'Secret that clients may present. A wrong token is always refused.',
    readAs(
      "a text of letters, digits and !#$%&'*+-.^_`|~ only, so that headers can carry it",
      (raw) => (typeof raw === 'string' && isHeaderToken(raw) ? raw : undefined),
    ).exactOptional(),
    { secret: true },
  ),
  tokenFile: setting(
    'FUJIAN_TOKEN_FILE',
    'File whose first line is the token, in place of the token itself.',
    readAs('the path of a file', (raw) => {
      const path = text(raw);
      return path === undefined ? undefined : resolve(path);
    }).exactOptional(),
  ),
  requireToken: setting(
    'FUJIAN_REQUIRE_TOKEN',
    'Whether every client must present the token. Always true beyond loopback.',
    readAs('true or false', flag).default(false),
  ),
  defaultOrigin: setting(
    'FUJIAN_DEFAULT_ORIGIN',
    'Sent as Access-Control-Allow-Origin when a request has no Origin.',
    readAs('an exact origin such as http://localhost:8000', (raw) =>
      typeof raw === 'string' ? exactOrigin(raw) : undefined,
    ).default(DEFAULTS.defaultOrigin),
  ),
  python: setting(
    'FUJIAN_PYTHON',
    'Python to run, a path or a command. Found in PATH when not set.',
    readAs('the path or the command of a Python interpreter', pythonCommand).exactOptional(),
  ),
  cwd: setting(
    'FUJIAN_CWD',
    'Directory in which interpreters start. That of the service when not set.',
    readAs('a directory that exists', (raw) => existingPath(raw, 'directory')).exactOptional(),
  ),
  startup: setting(
    'FUJIAN_STARTUP',
    'Python file to run first in every new interpreter.',
    readAs('a file that exists', (raw) => existingPath(raw, 'file')).exactOptional(),
  ),
  preload: setting(
    'FUJIAN_PRELOAD',
    'Python modules to import once, so that new interpreters have them at no cost.',
    readAs('a list of module names such as numpy, matplotlib.pyplot', (raw) =>
      textList(raw, moduleName),
    ).default([]),
  ),
  start: setting(
    'FUJIAN_START',
    'How interpreters start: fork, in milliseconds; or spawn, where forks are not safe.',
    oneOf(['fork', 'spawn']).default(DEFAULTS.start),
  ),
  maxSessions: setting(
    'FUJIAN_MAX_SESSIONS',
    'Sessions that may exist at one time, main included.',
    atLeast(1).default(DEFAULTS.maxSessions),
  ),
  idleTimeout: setting(
    'FUJIAN_IDLE_TIMEOUT',
    'Idle time after which a session other than main is closed; 0 is never.',
    milliseconds.default(DEFAULTS.idleTimeout),
    { quantity: 'duration' },
  ),
  bodyLimit: setting(
    'FUJIAN_BODY_LIMIT',
    'Largest body of an HTTP request.',
    bytes.default(DEFAULTS.bodyLimit),
    { quantity: 'size' },
  ),
  messageLimit: setting(
    'FUJIAN_MESSAGE_LIMIT',
    'Largest WebSocket message from a client.',
    bytes.default(DEFAULTS.messageLimit),
    { quantity: 'size' },
  ),
  outputLimit: setting(
    'FUJIAN_OUTPUT_LIMIT',
    'Most output that the result of one execution keeps, of stdout and of stderr each.',
    bytes.default(DEFAULTS.outputLimit),
    { quantity: 'size' },
  ),
  timeout: setting(
    'FUJIAN_TIMEOUT',
    'Time after which a running execution is interrupted; 0 is no limit.',
    milliseconds.default(DEFAULTS.timeout),
    { quantity: 'duration' },
  ),
  interruptGrace: setting(
    'FUJIAN_INTERRUPT_GRACE',
    'Time that interrupted code has to stop before its interpreter is killed; 0 is no wait.',
    milliseconds.default(DEFAULTS.interruptGrace),
    { quantity: 'duration' },
  ),
  shutdownGrace: setting(
    'FUJIAN_SHUTDOWN_GRACE',
    'Time that running code has to finish before it is interrupted, when the service stops.',
    milliseconds.default(DEFAULTS.shutdownGrace),
    { quantity: 'duration' },
  ),
  exitGrace: setting(
    'FUJIAN_EXIT_GRACE',
    'Time for exit functions when a session without running code ends; 0 is no wait.',
    milliseconds.default(DEFAULTS.exitGrace),
  ),
  queueLimit: setting(
    'FUJIAN_QUEUE_LIMIT',
    'Executions that one session may have pending, the running one included.',
    atLeast(1).default(DEFAULTS.queueLimit),
  ),
  queuedOnDeath: setting(
    'FUJIAN_QUEUED_ON_DEATH',
    'Queued executions when an interpreter dies: refuse, or run in the next interpreter.',
    oneOf(['refuse', 'run']).default(DEFAULTS.queuedOnDeath),
  ),
  deathLimit: setting(
    'FUJIAN_DEATH_LIMIT',
    'Deaths of interpreters within the window that pause restarts; 0 is no limit.',
    atLeast(0).default(DEFAULTS.deathLimit),
  ),
  deathWindow: setting(
    'FUJIAN_DEATH_WINDOW',
    'Time in which deaths count.',
    milliseconds.default(DEFAULTS.deathWindow),
    { quantity: 'duration' },
  ),
  deathPause: setting(
    'FUJIAN_DEATH_PAUSE',
    'Time without restarts after too many deaths; then one interpreter is tried.',
    milliseconds.default(DEFAULTS.deathPause),
    { quantity: 'duration' },
  ),
  memoryLimit: setting(
    'FUJIAN_MEMORY_LIMIT',
    'Memory that an interpreter may use beyond what it starts with. Linux only.',
    bytes.exactOptional(),
    { quantity: 'size' },
  ),
  cpuLimit: setting(
    'FUJIAN_CPU_LIMIT',
    'Processor time that an interpreter may use in its lifetime, in whole seconds.',
    readAs('a duration of at least 1s', (raw) => {
      const limit = duration(raw);
      return limit !== undefined && limit >= 1_000 ? limit : undefined;
    }).exactOptional(),
    { quantity: 'duration' },
  ),
  processLimit: setting(
    'FUJIAN_PROCESS_LIMIT',
    'Processes that an interpreter may have, itself included. Linux only.',
    atLeast(1).exactOptional(),
  ),
  fileSizeLimit: setting(
    'FUJIAN_FILE_SIZE_LIMIT',
    'Largest file that an interpreter may write.',
    bytes.exactOptional(),
    { quantity: 'size' },
  ),
  openFilesLimit: setting(
    'FUJIAN_OPEN_FILES_LIMIT',
    'Files and sockets that an interpreter may have open; about ten are its own.',
    atLeast(32).exactOptional(),
  ),
  logLevel: setting(
    'FUJIAN_LOG_LEVEL',
    'Least severe messages to log: fatal, error, warn, log, debug or verbose.',
    oneOf(LOG_LEVELS).default(DEFAULTS.logLevel),
  ),
  logFormat: setting(
    'FUJIAN_LOG_FORMAT',
    'Format of log lines: text for people, or json, one object per line.',
    oneOf(['text', 'json']).default(DEFAULTS.logFormat),
  ),
});

export type Configuration = z.output<typeof configurationSchema>;
export type SettingKey = keyof Configuration;
