import { z } from 'zod';
import { FujianError } from '../../errors/fujian-error.js';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import { formIn, unjoined } from '../../execution/joined-on-demand.js';
import type { MimeBundle } from '../../execution/shown.js';
import type { StreamEvent } from '../../execution/stream-events.js';
import { asciiJson, type Line, type LineMember, lineOf } from './ascii-json.js';

/** Characters beyond which text is not held back any longer. */
const ENOUGH = 64 * 1024;
/** Milliseconds that text waits for the end of its line. */
const PATIENCE = 1;

type Printed = Extract<StreamEvent, { type: 'stdout' | 'stderr' }>;

/**
 * Joins a text and its line end, which `print()` writes separately, so that clients get both at
 * once.
 */
export class PrintedText {
  private held: Printed | undefined;
  private readonly patience: NodeJS.Timeout;

  constructor(private readonly tell: (event: StreamEvent) => void) {
    this.patience = setTimeout(() => this.release(), PATIENCE);
  }

  take(event: StreamEvent): void {
    if (event.type !== 'stdout' && event.type !== 'stderr') {
      this.release();
      this.tell(event);
      return;
    }
    if (this.held?.type !== event.type) this.release();
    const text = (this.held?.text ?? '') + event.text;
    this.held = { type: event.type, text };
    if (text.endsWith('\n') || text.length > ENOUGH) this.release();
    else this.patience.refresh();
  }

  release(): void {
    const { held } = this;
    this.held = undefined;
    if (held) this.tell(held);
  }
}

export const exit = z.strictObject({
  status: z.int().exactOptional(),
  message: z
    .string()
    .exactOptional()
    .describe('The text that Python would have written to stderr.'),
  signal: z.string().exactOptional().describe('The signal that ended the interpreter.'),
});

/** The line of a reply to `/execute` that reports an error. */
export const errorLine = z.strictObject({
  type: z.literal('error'),
  name: z.string(),
  value: z.string(),
  traceback: z.string(),
  exit: exit
    .exactOptional()
    .describe('The end of a program: for SystemExit, and for an interpreter that died.'),
});
export type ErrorLine = z.infer<typeof errorLine>;

/** The members for forms of a result; all other forms go into `extra`. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['text/plain', 'text'],
  ['text/html', 'html'],
  ['text/markdown', 'markdown'],
  ['image/svg+xml', 'svg'],
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['application/pdf', 'pdf'],
  ['text/latex', 'latex'],
  ['application/json', 'json'],
  ['application/javascript', 'javascript'],
  ['e2b/data', 'data'],
  ['e2b/chart', 'chart'],
]);

/** Returns the members of a result; absent ones are left out. */
function resultMembers(data: MimeBundle): Record<string, LineMember> {
  const members: Record<string, LineMember> = {};
  // A map rather than an object, as user code may choose any name: `__proto__` too.
  const extra = new Map<string, LineMember>();
  for (const mimeType of Object.keys(data)) {
    const form = formIn(data, mimeType);
    const member = MEMBERS.get(mimeType);
    if (member === undefined) extra.set(mimeType, form);
    else members[member] = form;
  }
  return extra.size > 0 ? { ...members, extra } : members;
}

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
      return [lineOf({ type: 'number_of_executions', execution_count: event.count })];
    case 'stdout':
    case 'stderr':
      // At once, as the text is no more than was read at once.
      return [asciiJson({ type: event.type, text: event.text, timestamp: nanoseconds() })];
    case 'value':
      return [lineOf({ type: 'result', ...resultMembers(event.data), is_main_result: true })];
    case 'display': {
      const members = resultMembers(event.data);
      const result = lineOf({ type: 'result', ...members, is_main_result: false });
      // A separate line, as the SDKs take unknown members of a result for its forms.
      const id = event.id;
      return id === undefined ? [result] : [result, lineOf({ type: 'display_id', display_id: id })];
    }
    case 'update':
      return [
        lineOf({ type: 'update_display', display_id: event.id, ...resultMembers(event.data) }),
      ];
    case 'clear':
      return [lineOf({ type: 'clear_output', wait: event.wait })];
    case 'push': {
      const message = unjoined(event, 'message');
      const isBinary = Buffer.isBuffer(message);
      return [lineOf({ type: 'push', [isBinary ? 'data' : 'text']: message })];
    }
    case 'error': {
      const { type: name, value, traceback, exit } = event.error;
      return [toErrorLine({ type: 'error', name, value, traceback, ...(exit && { exit }) })];
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
    return [toErrorLine({ type: 'error', name, value: message, traceback })];
  }
  const { reason, signal, exitCode } = error.death;
  const exit = {
    ...(signal !== undefined && { signal }),
    ...(exitCode !== undefined && { status: exitCode }),
  };
  return [toErrorLine({ type: 'error', name, value: reason, traceback, exit })];
}

function toErrorLine({ exit, ...members }: ErrorLine): Line {
  return lineOf(exit ? { ...members, exit: new Map(Object.entries(exit)) } : members);
}

/** Returns the time since 1970 in nanoseconds, to the millisecond, as the SDKs expect it. */
function nanoseconds(): number {
  return Date.now() * 1_000_000;
}
