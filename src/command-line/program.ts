import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '../../config/configuration-error.js';
import { FujianError } from '../errors/fujian-error.js';
import { VERSION } from '../version.js';
import { CommandError } from './command.error.js';
import { addDoctorCommand } from './doctor/doctor-command.js';
import { BAD_USAGE, DONE, FAILED } from './exit-codes.js';
import { addRunCommand } from './run/run-command.js';
import { addServeCommand } from './serve-command.js';
import { missingPackage } from './start.js';
import { addTypesCommand } from './types-command.js';

/** Options of `fujian` itself; all others belong to `serve`. */
const OWN_OPTIONS = new Set(['-h', '--help', '-V', '--version']);

const MORE_HELP = `
Without a command, fujian serves: all options of \`serve\` can be given to \`fujian\` itself.

  fujian serve --help        the settings of the service
  fujian --print-config      the settings that it would have now
  fujian --open              serves, and opens the console in the browser
`;

/** Runs the command line. Returns the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  // A reader that ends early (`fujian types json | head`) is not a failure.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let exitCode = DONE;
  try {
    await program((code) => (exitCode = code)).parseAsync(withCommand(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed the problem, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_USAGE;
    report(error);
    return FAILED;
  }
}

function withCommand(args: readonly string[]): readonly string[] {
  const [first = '--'] = args;
  const isOfServe = first.startsWith('-') && !OWN_OPTIONS.has(first);
  return isOfServe ? ['serve', ...args] : args;
}

function program(end: (exitCode: number) => void): Command {
  const program = new Command('fujian')
    .description('Runs Python next to JavaScript.')
    .version(VERSION)
    .showHelpAfterError('(see fujian --help)')
    .addHelpText('after', MORE_HELP)
    // Leaves the options after `run file.py` to the script.
    .enablePositionalOptions()
    .exitOverride();
  addServeCommand(program, report);
  addRunCommand(program, end);
  addDoctorCommand(program, end);
  addTypesCommand(program);
  return program;
}

function report(error: unknown): void {
  process.stderr.write(`${messageOf(error)}\n`);
}

/** Formats an error. Errors of Fujian are sentences; unexpected errors need their stack. */
function messageOf(error: unknown): string {
  if (error instanceof FujianError || error instanceof ConfigurationError) return error.message;
  const sentence = error instanceof CommandError ? error.message : missingPackage(error);
  return sentence === undefined ? ((error as Error).stack ?? String(error)) : `fujian: ${sentence}`;
}
