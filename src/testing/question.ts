import { inspect } from 'node:util';
import type { CallOptions, ExecuteOptions } from '../execution/execution.js';

/** Request to a `FakePython`. `options` is present if the code under test passed any. */
export type Question = { readonly session: string } & (
  | {
      readonly type: 'call';
      readonly target: string;
      readonly args: readonly unknown[];
      readonly kwargs: Readonly<Record<string, unknown>>;
      readonly options?: CallOptions;
    }
  | { readonly type: 'evaluate'; readonly expression: string; readonly options?: CallOptions }
  | { readonly type: 'get'; readonly name: string; readonly options?: CallOptions }
  | {
      readonly type: 'set';
      readonly names: Readonly<Record<string, unknown>>;
      readonly options?: CallOptions;
    }
  /** By `execute()`, or by a subscription to `stream()`. */
  | { readonly type: 'execute'; readonly code: string; readonly options?: ExecuteOptions }
);

/** Question that needs an answer. */
export type OpenQuestion = Exclude<Question, { type: 'set' }>;

/** Returns the question roughly as Python code. */
export function questionText(question: OpenQuestion): string {
  switch (question.type) {
    case 'call': {
      const kwargs = Object.entries(question.kwargs).map(
        ([name, value]) => `${name}=${text(value)}`,
      );
      return `call ${question.target}(${[...question.args.map(text), ...kwargs].join(', ')})`;
    }
    case 'evaluate':
      return `evaluate ${text(question.expression)}`;
    case 'get':
      return `get ${text(question.name)}`;
    case 'execute':
      return `execute ${text(question.code)}`;
  }
}

/** Returns a value on one line, truncated if long. */
function text(value: unknown): string {
  return inspect(value, {
    breakLength: Infinity,
    depth: 3,
    maxArrayLength: 20,
    maxStringLength: 500,
  });
}
