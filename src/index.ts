export { ExecutionModule, type ExecutionModuleExtras } from './execution/execution.module.js';
export { EXECUTION_OPTIONS } from './execution/execution.constants.js';
export { getPythonToken, InjectPython } from './execution/instances/python-token.js';
export { PythonErrorFilter } from './http/python-error.filter.js';
export { PythonJson } from './execution/python-json.js';
export { jsonOf } from './execution/values/json-of.js';
export type { Answer } from './http/error.filter.js';
export type { PythonInterpreter } from './execution/python-interpreter.js';
export { PythonInterpreterService } from './execution/python-interpreter.service.js';
export type {
  ExecutionEvent,
  ExecutionOrigin,
  ExecutionOutcome,
  InterruptCause,
  ObservedFacts,
  OutputSize,
} from './execution/observing/execution-event.js';
export type { PythonHealth } from './execution/python-health.js';
export { Keywords, keywords } from './execution/calls/keywords.js';
export type { PythonModule } from './execution/calls/python-module.js';
export { ExecutionStream } from './execution/execution-stream.js';
export type { StreamEvent } from './execution/stream-events.js';
export type {
  CallOptions,
  ExecuteOptions,
  ExecutionResult,
  InputHandler,
  InputRequest,
  PushedMessage,
  SessionCallOptions,
  SessionExecuteOptions,
  SessionStreamOptions,
  StreamOptions,
} from './execution/execution.js';
export {
  DuplicatePythonError,
  ExecutionOptionsError,
  NoPoolError,
} from './errors/application-errors.js';
export {
  type ExecutionError,
  type ExitRequest,
  InvalidArgumentError,
  LeftOutArgumentError,
  PythonError,
  StaleHandleError,
  UnsupportedValueError,
} from './errors/call-errors.js';
export {
  ExecutionAbortedError,
  QueueFullError,
  ReentrantCallError,
  ShuttingDownError,
} from './errors/execution-errors.js';
export { FujianError, UnavailableError } from './errors/fujian-error.js';
export {
  CircuitOpenError,
  type Death,
  type DeathCause,
  type DeathReason,
  InterpreterDiedError,
  type Output,
} from './errors/interpreter-death.js';
export {
  SessionBusyError,
  SessionExistsError,
  SessionNotFoundError,
  SessionOptionsError,
  SessionPermanentError,
  SessionReturnedError,
  TooManySessionsError,
} from './errors/session-errors.js';
export {
  InterpreterStartError,
  NotInitializedError,
  PythonNotFoundError,
  PythonTooOldError,
} from './errors/start-errors.js';
export type { JsonValue, MimeBundle, Representation, Shown } from './execution/shown.js';
export type { ExecutionOptions, ExecutionOptionsFactory } from './execution/execution-options.js';
export type { SessionLimits } from './execution/session-limits.js';
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
export type { LendableSession } from './execution/calls/lent-session.js';
export type { Loan, PythonPool } from './execution/calls/python-pool.js';
export type { PoolOptions } from './execution/sessions/session-pool.js';
export { PythonHandle } from './execution/calls/python-handle.js';
export type { JavaScriptFunction } from './execution/values/javascript-function.js';
export type {
  PythonSession,
  SessionCondition,
  SessionFork,
  SessionInfo,
} from './execution/sessions/python-session.js';
export type { Connection, ConnectionListener } from './execution/sessions/connection.js';
export type { EngineCondition, PythonInfo } from './execution/engine/engine.js';
export type { ConnectionId, KeptId } from './execution/ids.js';
export type { SessionDeath, SessionHealth } from './execution/sessions/session-health.js';
export type { CircuitCondition } from './execution/sessions/circuit-breaker.js';
export type { SessionEvent } from './execution/sessions/session-event.js';
export type { SessionOptions } from './execution/sessions/session-options.js';
