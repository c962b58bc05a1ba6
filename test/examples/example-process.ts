import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { MARK, processesMarked } from '../support/processes.js';
import type { FoundPython } from '../support/pythons.js';

/** An application of examples/. */
export class ExampleProcess {
  private static areCompiled = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly mark: string,
    readonly url: string,
  ) {}

  /** Starts the example as its README says, compiling all examples before the first. */
  static async start(name: string, python: FoundPython): Promise<ExampleProcess> {
    const mark = randomUUID();
    const compiled = [resolve('examples/dist', name, 'main.js')];
    const child = spawn(
      process.execPath,
      ExampleProcess.areCompiled ? compiled : [resolve('examples/run.mjs'), name],
      {
        cwd: join('examples', name),
        env: {
          ...process.env,
          PATH: `${dirname(python.path)}:${process.env['PATH']}`,
          VIRTUAL_ENV: undefined,
          PORT: '0',
          [MARK]: mark,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The example '${name}' ended with ${code}:\n${printed}`);
    });
    let printed = '';
    const url = new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const [, found] = /at (http:\/\/[^/\s]+)/.exec(printed) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const started = new ExampleProcess(child, mark, await Promise.race([url, ended]));
    ExampleProcess.areCompiled = true;
    return started;
  }

  /** The ids of the application's process and of its descendants. */
  get processes(): readonly string[] {
    return processesMarked(this.mark).map((process) => process.split(' ', 1)[0]!);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exit;
  }
}
