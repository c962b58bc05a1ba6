import { z } from 'zod';
import { errorLine, exit } from '../../protocols/code-interpreter/execution-lines.js';
import { CommandError } from '../command.error.js';
import { type Ending, messageOf } from './ending.js';
import type { Interrupts } from './interrupts.js';
import type { Script } from './script.js';
import { print, roomInOutput } from './standard-output.js';

export interface RemoteService {
  readonly url: string;
  readonly session: string;
  readonly token: string | undefined;
}

/** Characters quoted from a response that may not be Fujian's. */
const LONGEST_QUOTE = 200;

/** The lines of `/execute` that concern a script; docs/code-interpreter.md has all of them. */
const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('number_of_executions') }),
  z.object({ type: z.enum(['stdout', 'stderr']), text: z.string() }),
  z.object({ type: z.literal('result'), text: z.string().optional(), is_main_result: z.boolean() }),
  // Not strict, as a later version may add members.
  z.object({ ...errorLine.shape, exit: z.object(exit.shape).exactOptional() }),
  z.object({ type: z.literal('end_of_execution') }),
]);

type Line = z.infer<typeof lineSchema>;

/** Runs a script in a session of a running service. */
export async function runRemote(
  script: Script,
  service: RemoteService,
  interrupts: Interrupts,
): Promise<Ending> {
  if (script.argv.length > 1) {
    throw new CommandError(
      'a session of a running service has no arguments: leave them out, or --url (FUJIAN_URL).',
    );
  }
  const hungUp = new AbortController();
  const { code, filename } = script;
  const body = { code, filename, context_id: service.session };
  const response = await request(service, '/execute', body, hungUp.signal);
  let ending: Ending = { type: 'done' };
  try {
    for await (const line of linesOf(response)) {
      if (line.type === 'number_of_executions') interrupts.goTo(() => interruptSession(service));
      else if (line.type === 'end_of_execution') {
        print('stderr', messageOf(ending));
        return ending;
      } else if (line.type === 'error') ending = endingOf(line);
      else show(line);
      await roomInOutput();
    }
  } catch (cause) {
    throw lost(service, cause);
  }
  throw lost(service, undefined);
}

function show(line: Extract<Line, { type: 'stdout' | 'stderr' | 'result' }>): void {
  if (line.type !== 'result') print(line.type, line.text);
  // A script does not print the value of its last line.
  else if (!line.is_main_result) print('stdout', `${line.text ?? ''}\n`);
}

function endingOf({ name, value, traceback, exit }: Extract<Line, { type: 'error' }>): Ending {
  if (name === 'InterpreterDiedError') return { type: 'died', reason: value, ...exit };
  const { status, message } = exit ?? {};
  if (status === undefined) return { type: 'raised', name, traceback };
  return {
    type: 'raised',
    name,
    traceback,
    exit: { status, ...(message !== undefined && { message }) },
  };
}

function interruptSession(service: RemoteService): boolean {
  const path = `/contexts/${encodeURIComponent(service.session)}/interrupt`;
  request(service, path, undefined).catch((error: unknown) =>
    print('stderr', `fujian: ${(error as Error).message}\n`),
  );
  return true;
}

/** @throws CommandError if the service does not answer or refuses. */
async function request(
  { url, token }: RemoteService,
  path: string,
  body: object | undefined,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(addressOf(url, path), {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((cause: unknown) => {
    const { cause: { message } = cause as Error } = cause as { cause?: Error };
    throw new CommandError(
      `no service answers at ${url} (${message}): start one with \`fujian serve\`, or leave out --url (FUJIAN_URL).`,
      { cause },
    );
  });
  if (response.ok) return response;
  throw new CommandError(`the service at ${url} refuses: ${await refusalOf(response)}`);
}

function addressOf(url: string, path: string): URL {
  let address: URL;
  try {
    address = new URL(url.replace(/\/+$/, '') + path);
  } catch (cause) {
    const example = 'http://localhost:1987';
    throw new CommandError(`${url} is not the address of a service, such as ${example}.`, {
      cause,
    });
  }
  if (address.username === '' && address.password === '') return address;
  // The address is not quoted, as it may hold a secret.
  throw new CommandError(
    '--url (FUJIAN_URL) takes no user name and no password: set FUJIAN_TOKEN to the token to send.',
  );
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text();
  const hint = response.status === 401 ? ' Set FUJIAN_TOKEN to the token to send.' : '';
  try {
    const { message } = JSON.parse(text) as { message: string };
    return `${message}${hint}`;
  } catch {
    const [line = ''] = text.trim().split('\n');
    return `${line.slice(0, LONGEST_QUOTE)} (status ${response.status}).${hint}`;
  }
}

async function* linesOf({ body }: Response): AsyncGenerator<Line> {
  let parts: string[] = [];
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    const [first = '', ...others] = text.split('\n');
    parts.push(first);
    for (const other of others) {
      const line = lineSchema.safeParse(JSON.parse(parts.join('')));
      // Other lines, such as keep-alives, do not concern a script.
      if (line.success) yield line.data;
      parts = [other];
    }
  }
}

function lost({ url }: RemoteService, cause: unknown): CommandError {
  if (cause instanceof CommandError) return cause;
  return new CommandError(`the connection to ${url} was lost before the script ended.`, {
    cause,
  });
}
