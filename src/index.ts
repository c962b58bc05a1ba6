export { ExecutionModule, type ExecutionModuleExtras } from './execution/execution.module.js';
export { EXECUTION_OPTIONS } from './execution/execution.constants.js';
export { getPythonToken, InjectPython } from './execution/instances/python-token.js';
export { PythonErrorFilter } from './http/python-error.filter.js';
export type { Answer } from './http/error-answer.js';
export type { PythonInterpreter } from './execution/python-interpreter.js';
export { PythonInterpreterService } from './execution/python-interpreter.service.js';
export type {
  ExecutionOccurrence,
  ExecutionOrigin,
  ExecutionOutcome,
  InterruptCause,
  ObservedFacts,
  OutputSize,
} from './execution/observing/execution-occurrence.js';
export type { PythonHealth } from './execution/python-health.js';
export { Keywords, keywords } from './execution/calls/keywords.js';
export type { PythonModule } from './execution/calls/python-module.js';
export { ExecutionStream } from './execution/execution-stream.js';
export type { ExecutionEvent } from './execution/execution-events.js';
export type {
  CallOptions,
  ExecuteOptions,
  ExecutionError,
  ExecutionResult,
  ExitRequest,
  InputHandler,
  InputRequest,
  Output,
  PushedMessage,
  SessionCallOptions,
  SessionExecuteOptions,
  SessionStreamOptions,
  StreamOptions,
} from './execution/execution.js';
export type { JsonValue, MimeBundle, Representation, Shown } from './execution/shown.js';
export type { ExecutionOptions, ExecutionOptionsFactory } from './execution/execution-options.js';
export type { SessionLimits } from './execution/session-limits.js';
export { CircuitOpenError } from './errors/circuit-open.error.js';
export { DuplicatePythonError } from './errors/duplicate-python.error.js';
export { ExecutionOptionsError } from './errors/execution-options.error.js';
export { ExecutionAbortedError } from './errors/execution-aborted.error.js';
export { FujianError } from './errors/fujian-error.js';
export { InterpreterDiedError } from './errors/interpreter-died.error.js';
export { InterpreterStartError } from './errors/interpreter-start.error.js';
export { LeftOutArgumentError } from './errors/left-out-argument.error.js';
export { PythonNotFoundError } from './errors/python-not-found.error.js';
export { PythonTooOldError } from './errors/python-too-old.error.js';
export { PythonError } from './errors/python.error.js';
export { UnsupportedValueError } from './errors/unsupported-value.error.js';
export {
  DataFrame,
  Decimal,
  Duration,
  type ElementType,
  NdArray,
  PlainDate,
  type TypedArray,
  Uuid,
} from './execution/values/python-values.js';
export type { NotIsolated } from './execution/calls/not-isolated.js';
export type { PythonCalls } from './execution/calls/python-calls.js';
export type { Loan, PythonPool } from './execution/calls/python-pool.js';
export type { PoolOptions } from './execution/sessions/session-pool.js';
export { NoPoolError } from './errors/no-pool.error.js';
export { PythonHandle } from './execution/calls/python-handle.js';
export { ReentrantCallError } from './errors/reentrant-call.error.js';
export { StaleHandleError } from './errors/stale-handle.error.js';
export type { JavaScriptFunction } from './execution/values/javascript-function.js';
export { QueueFullError } from './errors/queue-full.error.js';
export { SessionNotFoundError } from './errors/session-not-found.error.js';
export { SessionBusyError } from './errors/session-busy.error.js';
export { SessionExistsError } from './errors/session-exists.error.js';
export { SessionOptionsError } from './errors/session-options.error.js';
export { SessionPermanentError } from './errors/session-permanent.error.js';
export { ShuttingDownError } from './errors/shutting-down.error.js';
export { TooManySessionsError } from './errors/too-many-sessions.error.js';
export type {
  PythonSession,
  SessionCondition,
  SessionFork,
  SessionInfo,
} from './execution/sessions/python-session.js';
export type { Connection, ConnectionListener } from './execution/sessions/connection.js';
export type {
  Death,
  DeathCause,
  DeathReason,
  EngineCondition,
  PythonInfo,
} from './execution/engine/engine.js';
export type { ConnectionId, KeptId } from './execution/ids.js';
export type { SessionDeath, SessionHealth } from './execution/sessions/session-health.js';
export type { CircuitCondition } from './execution/sessions/circuit-breaker.js';
export type { SessionEvent } from './execution/sessions/session-event.js';
export type { SessionOptions } from './execution/sessions/session-options.js';
export { UnavailableError } from './errors/unavailable.error.js';
