import { execFile } from 'node:child_process';
import { scientificPythons } from './scientific-pythons.js';

export interface PythonClientRun {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; null if a signal has ended it. */
  readonly code: number | null;
}

export interface PythonClientOptions {
  /** Default: the newest of scientificPythons(), as the SDK takes a `sandbox_url` from 2.9 on. */
  readonly python?: string;
  /** Milliseconds; less than the timeout of a test, so that no client is left behind. */
  readonly timeout?: number;
}

/**
 * Runs a script as a client: a process with the SDK e2b_code_interpreter, and with the variables in
 * `env` alone, beside PATH, so that no proxy or key of the machine's plays a part.
 *
 * @throws if it has not ended in time, with what it has printed so far; it is killed then.
 */
export async function runPythonClient(
  script: string,
  env: Readonly<Record<string, string>>,
  { python = scientificPythons().at(-1)!.path, timeout = 20_000 }: PythonClientOptions = {},
): Promise<PythonClientRun> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      python,
      ['-c', script],
      {
        env: { PATH: process.env['PATH'], ...env },
        timeout,
        killSignal: 'SIGKILL',
        maxBuffer: 16 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error?.killed) {
          const printed = `stdout: ${stdout}\nstderr: ${stderr}`;
          reject(new Error(`The client did not end in ${timeout} ms.\n${printed}`));
        } else if (typeof error?.code === 'string') {
          reject(error); // the client did not start
        } else {
          resolve({ stdout, stderr, code: child.exitCode });
        }
      },
    );
    child.stdin!.end();
  });
}
