/**
 * All limits and defaults of the service. A leaf module that every room may import, so that the
 * library works without the configuration loader.
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
  /** Milliseconds of silence after which a client of `/execute` gets a keep-alive line. */
  keepAlive: 5_000,
  /** Executions that a session may have pending, the running one included. */
  queueLimit: 1024,
  /** Milliseconds; 0 is no limit. */
  timeout: 0,
  /** Milliseconds between an interrupt and the kill, when code does not stop. */
  interruptGrace: 5_000,
  /** Milliseconds that running code has to finish when the service stops; then it is interrupted. */
  shutdownGrace: 2_000,
  /** Milliseconds that an idle interpreter has to end like a program, before it is killed. */
  exitGrace: 2_000,
  /** How interpreters start. The frameworks of macOS do not survive a fork. */
  start: process.platform === 'darwin' ? 'spawn' : 'fork',
  /** Sessions at one time. */
  maxSessions: 100,
  /** Milliseconds; 0 is never. */
  idleTimeout: 0,
  /** Whether queued executions are refused or run in the next interpreter when theirs dies. */
  queuedOnDeath: 'refuse',
  /** Deaths of a session's interpreters, within the window, that open the circuit breaker. */
  deathLimit: 5,
  /** Milliseconds in which deaths count. */
  deathWindow: 60_000,
  /** Milliseconds during which no interpreter starts. */
  deathPause: 10_000,
  logLevel: 'log',
  logFormat: 'text',
} as const;
