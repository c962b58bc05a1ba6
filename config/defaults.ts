/**
 * The service's limits and defaults, each in this one place. A leaf: every room may import it, it
 * imports none, so that the library works without the configuration loader.
 */
export const DEFAULTS = {
  hosts: ['127.0.0.1', '::1'],
  port: 1987,
  httpAdapter: 'express',
  /** Sent as Access-Control-Allow-Origin when a request has no Origin, as the original did. */
  defaultOrigin: 'http://localhost:8000',
  /** Bytes of one HTTP request body. */
  bodyLimit: 10 * 1024 * 1024,
  /** Bytes of a request's headers. */
  headerLimit: 16 * 1024,
  /** Milliseconds that a request's headers may take to arrive. */
  headersTimeout: 10_000,
  /** Milliseconds that a whole request may take to arrive. */
  requestTimeout: 60_000,
  /** Connections open at one time, on each address. */
  connectionLimit: 4_096,
  /** Bytes of one WebSocket message. */
  messageLimit: 10 * 1024 * 1024,
  /** Bytes of each of stdout and stderr that one execution's result keeps. */
  outputLimit: 128 * 1024 * 1024,
  /** Milliseconds of silence after which a client of `/execute` is told that its execution goes on. */
  keepAlive: 5_000,
  /** Executions that may wait for a session, the running one included. */
  queueLimit: 1024,
  /** Milliseconds; 0 is no limit. */
  timeout: 0,
  /** Milliseconds between an interrupt and the kill, when code does not stop. */
  interruptGrace: 5_000,
  /** Milliseconds that running code has to finish when the service stops; then it is interrupted. */
  shutdownGrace: 2_000,
  /** How interpreters come to be. Frameworks of macOS do not survive a fork. */
  start: process.platform === 'darwin' ? 'spawn' : 'fork',
  /** Sessions at one time. */
  maxSessions: 100,
  /** Milliseconds; 0 is never. */
  idleTimeout: 0,
  /** What becomes of code that waits for an interpreter which dies. */
  queuedOnDeath: 'refuse',
  /** Deaths of a session's interpreters within the window after which none is started for a while. */
  deathLimit: 5,
  /** Milliseconds. */
  deathWindow: 60_000,
  /** Milliseconds. */
  deathPause: 10_000,
  logLevel: 'log',
  logFormat: 'text',
} as const;
