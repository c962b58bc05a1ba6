import { FujianError } from '../../errors/fujian-error.js';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import type { StreamEvent } from '../../execution/stream-events.js';
import { asciiJson } from './ascii-json.js';
import type { ErrorLine } from './error-line.js';
import { resultMembers } from './result-line.js';

/** One line of a reply to `/execute`, without its line end. */
export type Line = string;

export const KEEPALIVE: Line = asciiJson({ type: 'keepalive' });
export const END_OF_EXECUTION: Line = asciiJson({ type: 'end_of_execution' });
export const INTERNAL_ERROR: Line = asciiJson({
  type: 'error',
  name: 'InternalError',
  value: 'the service failed; its log says why',
  traceback: '',
});

/** Returns the lines of an event. */
export function linesOf(event: StreamEvent): readonly Line[] {
  switch (event.type) {
    case 'begin':
      return [line({ type: 'number_of_executions', execution_count: event.count })];
    case 'stdout':
    case 'stderr':
      return [line({ type: event.type, text: event.text, timestamp: nanoseconds() })];
    case 'value':
      return [line({ type: 'result', ...resultMembers(event.data), is_main_result: true })];
    case 'display': {
      const members = resultMembers(event.data);
      const result = line({ type: 'result', ...members, is_main_result: false });
      // A separate line, as the SDKs take unknown members of a result for its forms.
      const id = event.id;
      return id === undefined ? [result] : [result, line({ type: 'display_id', display_id: id })];
    }
    case 'update':
      return [line({ type: 'update_display', display_id: event.id, ...resultMembers(event.data) })];
    case 'clear':
      return [line({ type: 'clear_output', wait: event.wait })];
    case 'push':
      return [line({ type: 'push', ...pushedMembers(event.message) })];
    case 'error': {
      const { type: name, value, traceback, exit } = event.error;
      return [errorLine({ type: 'error', name, value, traceback, ...(exit && { exit }) })];
    }
    case 'result':
    case 'done':
      return [];
  }
}

/** Returns the lines of an execution that failed outside of its code. */
export function linesOfFailure(error: FujianError): readonly Line[] {
  const { name, message } = error;
  const traceback = `${name}: ${message}\n`;
  if (!(error instanceof InterpreterDiedError)) {
    return [errorLine({ type: 'error', name, value: message, traceback })];
  }
  const { reason, signal, exitCode } = error.death;
  const exit = {
    ...(signal !== undefined && { signal }),
    ...(exitCode !== undefined && { status: exitCode }),
  };
  return [errorLine({ type: 'error', name, value: reason, traceback, exit })];
}

function pushedMembers(message: string | Buffer): { text: string } | { data: string } {
  return typeof message === 'string' ? { text: message } : { data: message.toString('base64') };
}

const errorLine = (members: ErrorLine): Line => line(members);

function line(members: object): Line {
  return asciiJson(members);
}

/** Returns the time since 1970 in nanoseconds, to the millisecond, as the SDKs expect it. */
function nanoseconds(): number {
  return Date.now() * 1_000_000;
}
