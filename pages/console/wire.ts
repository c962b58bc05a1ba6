/**
 * The messages of the service, as far as this page reads them: docs/code-interpreter.md,
 * docs/sessions.md.
 */

export interface Context {
  readonly id: string;
  readonly state: 'starting' | 'idle' | 'busy' | 'failed' | 'closing' | 'closed';
  readonly generation: number;
  readonly memory: number | null;
  readonly createdAt: string;
}

/** The forms of one result. Bytes are in base64. */
export interface Forms {
  readonly text?: string;
  readonly html?: string;
  readonly markdown?: string;
  readonly svg?: string;
  readonly png?: string;
  readonly jpeg?: string;
  readonly pdf?: string;
  readonly latex?: string;
  readonly json?: unknown;
}

export type Line =
  | { readonly type: 'number_of_executions'; readonly execution_count: number }
  | { readonly type: 'stdout' | 'stderr'; readonly text: string }
  | ({ readonly type: 'result'; readonly is_main_result: boolean } & Forms)
  | { readonly type: 'display_id'; readonly display_id: string }
  | ({ readonly type: 'update_display'; readonly display_id: string } & Forms)
  | { readonly type: 'clear_output'; readonly wait: boolean }
  | { readonly type: 'push'; readonly text?: string; readonly data?: string }
  | {
      readonly type: 'error';
      readonly name: string;
      readonly value: string;
      readonly traceback: string;
    }
  | { readonly type: 'keepalive' }
  | { readonly type: 'end_of_execution' };

export interface Completions {
  readonly matches: readonly { readonly text: string; readonly kind: string }[];
  readonly start: number;
  readonly end: number;
}
