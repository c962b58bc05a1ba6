/** Source of an execution, for logs, metrics and traces. */
export interface ExecutionOrigin {
  /**
   * Protocol of the request: `http`, `websocket`. Use few values, as each is a label of metrics.
   */
  readonly protocol: string;
  /** Id of the request in other systems. */
  readonly requestId?: string | undefined;
}

/** Default origin: a call of the injected service. */
export const DIRECT: ExecutionOrigin = { protocol: 'injection' };

/** Facts about an execution, without its code and output. */
export interface ObservedFacts {
  /** Number from 1 on, in the order of the requests to this Python. */
  readonly id: number;
  readonly session: string;
  readonly origin: ExecutionOrigin;
  readonly kind: 'code' | 'call';
  readonly isIsolated: boolean;
}

/** Why an execution was interrupted: by request, an aborted signal, its timeout or the shutdown. */
export type InterruptCause = 'request' | 'abort' | 'timeout' | 'shutdown';

export const EXECUTION_OUTCOMES = [
  'completed',
  /** The code raised; `reason`: the class of the exception. */
  'raised',
  'interrupted',
  'timed-out',
  /** The interpreter died; `reason`: the cause. */
  'died',
  /** The signal was aborted before the code began. */
  'aborted',
  /** The code did not run; `reason`: the code of the error. */
  'refused',
] as const;
export type ExecutionOutcome = (typeof EXECUTION_OUTCOMES)[number];

/** Bytes of output. */
export interface OutputSize {
  readonly stdout: number;
  readonly stderr: number;
}

/** Event in the life of an execution, from its request to its one end. */
export type ExecutionEvent = { readonly execution: ObservedFacts } &
  /** `submitted` is emitted synchronously by the request. */
  (
    | { readonly type: 'submitted' }
    | { readonly type: 'begun'; readonly waited: number }
    | { readonly type: 'interrupted'; readonly by: InterruptCause }
    | {
        readonly type: 'ended';
        readonly outcome: ExecutionOutcome;
        readonly reason: string | undefined;
        /** Milliseconds until the code began, or until it was refused. */
        readonly waited: number;
        /** Milliseconds that the code ran; 0 if it never began. */
        readonly ran: number;
        readonly output: OutputSize;
      }
  );
