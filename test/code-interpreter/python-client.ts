import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** Runs the given scripts one after the other, as starting Python and importing the SDK is slow. */
const LOOP = `
import asyncio, json, os, sys, traceback
from e2b_code_interpreter import *
loop = asyncio.new_event_loop()
for line in sys.stdin:
  asked = json.loads(line)
  os.environ.update(asked["env"])
  answers = []
  names = dict(globals(), answer=lambda **members: answers.append(members))
  try:
    exec(asked["script"], names)
    if asked["waits"]:
      loop.run_until_complete(names["main"]())
    told = answers[-1]
  except BaseException:
    told = dict(failure=traceback.format_exc())
  print(json.dumps(told, default=str), flush=True)
`;

export type Told = Readonly<Record<string, unknown>> & { readonly failure?: string };

/**
 * A process with the SDK e2b_code_interpreter, and with the variables in `env` alone, beside PATH, so that
 * no proxy or key of the machine's plays a part.
 */
export class PythonClient {
  private readonly child: ChildProcess;
  private readonly lines: Interface;
  private readonly ended: Promise<undefined>;
  private errors = '';

  constructor(python: string, env: Readonly<Record<string, string>>) {
    this.child = spawn(python, ['-c', LOOP], {
      env: { PATH: process.env['PATH'], PYTHONUTF8: '1', ...env },
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.lines = createInterface({ input: this.child.stdout! });
    this.ended = once(this.child, 'close').then(() => undefined);
  }

  /** Runs a script with a `sandbox`. Resolves with the members that it gives to `answer()`. */
  sync(script: string, env?: Readonly<Record<string, string>>): Promise<Told> {
    return this.run(`sandbox = Sandbox.create(debug=True)\n${script}`, env);
  }

  /** Runs a script with an asynchronous sandbox. */
  async(script: string, env?: Readonly<Record<string, string>>): Promise<Told> {
    const body = `sandbox = await AsyncSandbox.create(debug=True)\n${script}`;
    return this.run(`async def main():\n${body.replace(/^/gm, '  ')}`, env, true);
  }

  /** Kills the process: at the end of Python the asynchronous client's transport sometimes crashes. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private async run(
    script: string,
    env: Readonly<Record<string, string>> = {},
    waits = false,
  ): Promise<Told> {
    const answer = once(this.lines, 'line') as Promise<[string]>;
    this.child.stdin!.write(`${JSON.stringify({ script, env, waits })}\n`);
    const [line] = (await Promise.race([answer, this.ended])) ?? [];
    if (line === undefined) throw new Error(`The client has ended: ${this.errors}`);
    const told = JSON.parse(line) as Told;
    if (told.failure !== undefined) throw new Error(told.failure);
    return told;
  }
}
