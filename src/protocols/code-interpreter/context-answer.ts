import type { SessionInfo } from '../../execution/sessions/python-session.js';
import { LANGUAGE } from './execute-body.js';

/**
 * A session in HTTP responses: the members of the code-interpreter protocol, and some of Fujian's.
 */
export interface ContextAnswer {
  readonly id: string;
  readonly language: string;
  readonly cwd: string;
  readonly state: SessionInfo['state'];
  readonly generation: number;
  readonly executions: number;
  readonly pending: number;
  /** Bytes; `null` if unknown. */
  readonly memory: number | null;
  readonly createdAt: string;
  readonly lastActiveAt: string;
}

export function contextAnswer(info: SessionInfo): ContextAnswer {
  const { id, cwd, state, generation, executions, pending, memory } = info;
  return {
    id,
    language: LANGUAGE,
    cwd,
    state,
    generation,
    executions,
    pending,
    memory: memory ?? null,
    createdAt: info.createdAt.toISOString(),
    lastActiveAt: info.lastActiveAt.toISOString(),
  };
}
