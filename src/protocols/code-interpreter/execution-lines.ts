import { z } from 'zod';
import { FujianError } from '../../errors/fujian-error.js';
import { InterpreterDiedError } from '../../errors/interpreter-death.js';
import type { JsonValue, MimeBundle } from '../../execution/shown.js';
import type { StreamEvent } from '../../execution/stream-events.js';
import { asciiJson } from './ascii-json.js';

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

/** Returns the members of a result: bytes in base64, absent members left out. */
export function resultMembers(data: MimeBundle): Record<string, JsonValue> {
  const members: Record<string, JsonValue> = {};
  // Entries rather than an object, as user code may choose any name: `__proto__` too.
  const extra: [string, JsonValue][] = [];
  for (const [mimeType, form] of Object.entries(data)) {
    const member = MEMBERS.get(mimeType);
    const value = Buffer.isBuffer(form) ? form.toString('base64') : form;
    if (member === undefined) extra.push([mimeType, value]);
    else members[member] = value;
  }
  return extra.length > 0 ? { ...members, extra: Object.fromEntries(extra) } : members;
}

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

function pushedMembers(message: string | Buffer): { text: string } | { data: string } {
  return typeof message === 'string' ? { text: message } : { data: message.toString('base64') };
}

const toErrorLine = (members: ErrorLine): Line => line(members);

function line(members: object): Line {
  return asciiJson(members);
}

/** Returns the time since 1970 in nanoseconds, to the millisecond, as the SDKs expect it. */
function nanoseconds(): number {
  return Date.now() * 1_000_000;
}
