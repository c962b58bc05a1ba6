import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { MARK, processesMarked } from '../support/processes.js';
import type { FoundPython } from '../support/pythons.js';

/** An application of examples/, as its README starts it. */
export class ExampleProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly mark: string,
    readonly url: string,
  ) {}

  static async start(name: string, python: FoundPython): Promise<ExampleProcess> {
    const mark = randomUUID();
    const child = spawn(process.execPath, ['examples/run.mjs', name], {
      env: {
        ...process.env,
        PATH: `${dirname(python.path)}:${process.env['PATH']}`,
        VIRTUAL_ENV: undefined,
        PORT: '0',
        [MARK]: mark,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
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
    return new ExampleProcess(child, mark, await Promise.race([url, ended]));
  }

  /** Of the application, and all that it has started. */
  get processes(): number {
    return processesMarked(this.mark).length;
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
