import type { LoadedConfiguration } from '../../../config/load-configuration.js';
import type { ExecutionOptions } from '../../execution/execution-options.js';
import { FujianError } from '../../errors/fujian-error.js';
import { InterpreterStartError } from '../../errors/start-errors.js';
import type { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { CommandError } from '../command.error.js';
import { type Finding, ok, problem } from './finding.js';
import { usablePythons } from './other-pythons.js';

const LIBRARIES = ['numpy', 'pandas', 'matplotlib'];

/** Finds the version of a library without importing it. */
const VERSIONS = `
import importlib.metadata

def fujian_version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
`;

/** Checks Python itself, an execution in it, and the settings `preload` and `startup`. */
export async function* checkPython(loaded: LoadedConfiguration): AsyncGenerator<Finding> {
  const { python, cwd, start, startup, preload } = loaded.configuration;
  const options = { start, ...(python && { python }), ...(cwd && { cwd }) };
  const plain = await tried(options, loaded, findingsOf(start));
  yield* plain;
  if (plain.some(({ level }) => level === 'problem')) return;
  if (preload.length === 0 && startup === undefined) return;
  const names = [...preload, ...(startup === undefined ? [] : [startup])].join(', ');
  const wanted = { ...options, preload, ...(startup && { startup }) };
  yield* await tried(wanted, loaded, async () => [
    ok('preload', `${names}: interpreters start with it`),
  ]);
}

async function tried(
  options: ExecutionOptions,
  { written }: LoadedConfiguration,
  look: (python: PythonInterpreterService, before: number) => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    const { withPython } = await import('../with-python.js');
    const before = performance.now();
    const place = written.get('python')?.place;
    return await withPython(options, (python) => look(python, before), place);
  } catch (error) {
    if (error instanceof InterpreterStartError) {
      return [problem(options.preload ? 'preload' : 'execution', error.message)];
    }
    if (!(error instanceof FujianError || error instanceof CommandError)) throw error;
    return [problem('Python', sentence(error.message), adviceOn(usablePythons(process.env)))];
  }
}

/** Capitalizes a message: those of CommandError follow `fujian: ` elsewhere. */
function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

function adviceOn(usable: readonly string[]): string {
  return usable.length === 0
    ? 'No Python 3.9 or later is on PATH. Debian, Ubuntu: apt install python3; macOS: brew install python.'
    : `Usable ones on PATH: ${usable.join(', ')}. Choose one by FUJIAN_PYTHON or --python.`;
}

function findingsOf(start: 'fork' | 'spawn') {
  return async (python: PythonInterpreterService, before: number): Promise<Finding[]> => {
    const ready = performance.now();
    await python.execute('pass');
    const answered = performance.now();
    const { version, executable } = python.python;
    await python.execute(VERSIONS);
    const libraries = await Promise.all(
      LIBRARIES.map(async (name) => {
        const found = await python.call<string | null>('__main__:fujian_version', [name]);
        return `${name} ${found ?? 'is not installed'}`;
      }),
    );
    const times = `ready in ${milliseconds(before, ready)}, an execution answered in ${milliseconds(ready, answered)}`;
    return [
      ok('Python', `${version} (${executable})`),
      ok('execution', `${times}; interpreters start by ${start}`),
      ok('libraries', libraries.join(', ')),
    ];
  };
}

function milliseconds(from: number, to: number): string {
  return `${(to - from).toFixed(1)} ms`;
}
