import { statSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { moduleName } from '../../config/values.js';
import type { ExecutionOptions } from '../execution/execution-options.js';
import { CommandError } from './command.error.js';
import { declarationsOf } from './declarations.js';

interface TypesOptions {
  readonly output?: string;
  readonly python?: string;
  readonly cwd?: string;
}

/** Adds `fujian types`. */
export function addTypesCommand(program: Command): void {
  program
    .command('types')
    .description('Writes TypeScript declarations of a Python module, from its type hints.')
    .argument('<module>', 'the name that Python imports: package.module', pythonModuleName)
    .option('-o, --output <file>', 'the file to write (default: standard output)')
    .option(
      '--python <path>',
      'the Python that imports the module (default: that of VIRTUAL_ENV, or python3)',
    )
    .option(
      '--cwd <directory>',
      'the directory that Python searches first (default: the working directory)',
    )
    .action(writeTypes);
}

async function writeTypes(
  module: string,
  { output, python, cwd = process.cwd() }: TypesOptions,
): Promise<void> {
  if (!isDirectory(cwd)) throw new CommandError(`there is no directory ${cwd} (--cwd).`);
  const options: ExecutionOptions = { cwd, ...(python === undefined ? {} : { python }) };
  // Imported late, as it takes a second: not for help, nor for an invalid command line.
  const { withPython } = await import('./with-python.js');
  const declarations = await withPython(options, (service) => declarationsOf(module, service));
  if (output === undefined) process.stdout.write(declarations);
  else write(output, declarations);
}

function pythonModuleName(text: string): string {
  const name = moduleName(text);
  if (name !== undefined) return name;
  throw new InvalidArgumentError(
    'This is not the name of a Python module: write package.module, without .py.',
  );
}

function write(file: string, declarations: string): void {
  try {
    writeFileSync(file, declarations);
  } catch (cause) {
    throw new CommandError(`${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
