import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { makeApplicationDirectory } from '../support/application-directory.js';
import { anyPython } from '../support/pythons.js';

const run = promisify(execFile);

const OPTIONS =
  '--strict --skipLibCheck --target es2023 --module nodenext --types node ' +
  '--experimentalDecorators --emitDecoratorMetadata --pretty false';

/** TypeScript examples, compiled together, which takes no longer than for one, and run one by one. */
export class TypeScriptProject {
  readonly directory = mkdtempSync(join(tmpdir(), 'fujian-examples-'));
  private readonly files: string[] = [];
  private complaints: readonly string[] = [];

  constructor() {
    makeApplicationDirectory(this.directory, ['@e2b']);
  }

  /** @param name where the example is, without an extension: relative to the project's directory. */
  add(name: string, code: string): void {
    const file = join(this.directory, `${name}.ts`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
    this.files.push(`${name}.ts`);
  }

  /** @throws if the compiler reports an error outside of the examples. */
  async compile(): Promise<void> {
    const args = [...OPTIONS.split(' '), ...this.files];
    const output = await run(resolve('node_modules/.bin/tsc'), args, { cwd: this.directory }).then(
      () => '',
      (error: Error & { readonly stdout?: string }) => error.stdout || error.message,
    );
    // Further lines of an error are indented.
    this.complaints = output.split(/^(?=\S)/m).filter((complaint) => complaint !== '');
    const others = this.complaints.filter(
      (complaint) => !this.files.some((file) => complaint.startsWith(`${file}(`)),
    );
    if (others.length > 0) throw new Error(others.join(''));
  }

  /** Runs an example and returns its output. @throws if it did not compile. */
  async outcomeOf(name: string): Promise<string> {
    const complaints = this.complaints.filter((one) => one.startsWith(`${name}.ts(`));
    if (complaints.length > 0) throw new Error(complaints.join(''));
    const args = [`${basename(name)}.js`];
    const { stdout } = await this.perform(process.execPath, args, dirname(name));
    return stdout;
  }

  /** Runs a command where `python3` is the Python of the tests. @param within a folder of the project. */
  perform(command: string, args: readonly string[], within = '.'): Promise<{ stdout: string }> {
    const PATH = `${dirname(anyPython().path)}:${process.env['PATH']}`;
    const cwd = join(this.directory, within);
    return run(command, args, { cwd, env: { ...process.env, PATH } });
  }

  tearDown(): void {
    rmSync(this.directory, { recursive: true });
  }
}
