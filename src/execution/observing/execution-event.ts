/** Who asked for an execution, for logs, metrics and traces. */
export interface ExecutionOrigin {
  /** The way that it came by: `http`, `websocket`. One of few, as metrics are kept for each. */
  readonly protocol: string;
  /** By which the request is known to others too. */
  readonly requestId?: string | undefined;
}

/** Of an execution that names none: somebody has the service injected. */
export const DIRECT: ExecutionOrigin = { protocol: 'injection' };

/** What is told of an execution. Never its code, nor what it prints. */
export interface ObservedFacts {
  /** From 1 on, in the order in which this Python was asked. */
  readonly id: number;
  readonly session: string;
  readonly origin: ExecutionOrigin;
  readonly kind: 'code' | 'call';
  readonly isIsolated: boolean;
}

/** Why an execution was told to stop: somebody asked for it, its client left, its time was up, the service stops. */
export type InterruptCause = 'request' | 'abort' | 'timeout' | 'shutdown';

export const EXECUTION_OUTCOMES = [
  'completed',
  /** `reason`: the class of the exception. */
  'raised',
  'interrupted',
  'timed-out',
  /** The interpreter did; `reason`: its cause. */
  'died',
  /** It was not run, as somebody wanted it no more. */
  'aborted',
  /** It was not run, or its interpreter could not be had; `reason`: the code of the error. */
  'refused',
] as const;
export type ExecutionOutcome = (typeof EXECUTION_OUTCOMES)[number];

/** Bytes. */
export interface OutputSize {
  readonly stdout: number;
  readonly stderr: number;
}

/** What happens to executions, from when they are asked for to their one end. */
export type ExecutionEvent = { readonly execution: ObservedFacts } &
  /** Told within the call that asks for it. */
  (
    | { readonly type: 'submitted' }
    | { readonly type: 'begun'; readonly waited: number }
    | { readonly type: 'interrupted'; readonly by: InterruptCause }
    | {
        readonly type: 'ended';
        readonly outcome: ExecutionOutcome;
        readonly reason: string | undefined;
        /** Milliseconds until it began, or until it was clear that it would not. */
        readonly waited: number;
        /** Milliseconds; 0 if it never began. */
        readonly ran: number;
        readonly output: OutputSize;
      }
  );
