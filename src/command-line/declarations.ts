import { PythonError } from '../errors/call-errors.js';
import { InterpreterDiedError } from '../errors/interpreter-death.js';
import { NOT_OF_PYTHON } from '../execution/calls/python-module.js';
import type { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { CommandError } from './command.error.js';

/** Errors of problems.py, whose messages say what is wrong. */
const PROBLEMS = ['NoSuchModuleError', 'NothingToDeclareError'];

/**
 * Returns the TypeScript declarations of a Python module. Output printed during its import goes to
 * stderr, as the declarations may go to stdout.
 *
 * @throws CommandError if the module cannot be imported or has nothing to declare.
 */
export async function declarationsOf(
  module: string,
  python: PythonInterpreterService,
): Promise<string> {
  const print = (text: string): void => void process.stderr.write(text);
  try {
    const target = '_fujian.declarations.declaring:declare';
    return await python.call<string>(
      target,
      [module, NOT_OF_PYTHON],
      {},
      { onStdout: print, onStderr: print },
    );
  } catch (cause) {
    if (cause instanceof PythonError) {
      throw new CommandError(messageOf(module, cause, python), { cause });
    }
    if (cause instanceof InterpreterDiedError) {
      const { reason } = cause.death;
      throw new CommandError(`Python ended while the module '${module}' was imported: ${reason}.`, {
        cause,
      });
    }
    throw cause;
  }
}

function messageOf(
  module: string,
  { type, value, traceback }: PythonError,
  { python }: PythonInterpreterService,
): string {
  const running = `Python ${python.version} (${python.executable})`;
  if (type === 'NoSuchModuleError') {
    const hint = module.endsWith('.py') ? ' Modules are named without .py.' : '';
    return `${value}, as ${running} sees it.${hint} Python searches the working directory first; --cwd sets it, --python sets the Python.`;
  }
  if (PROBLEMS.includes(type)) return `${value}.`;
  return `the Python module '${module}' could not be imported. ${running} says:\n${traceback.trimEnd()}`;
}
