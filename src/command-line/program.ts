import { Command, CommanderError } from 'commander';
import { FujianError } from '../execution/errors/fujian-error.js';
import { VERSION } from '../version.js';
import { CommandError } from './command.error.js';
import { BAD_USAGE, DONE, FAILED } from './exit-codes.js';
import { addTypesCommand } from './types-command.js';

/** Runs what `fujian` was given on the command line; answers the exit code. */
export async function runProgram(args: readonly string[]): Promise<number> {
  // That nobody reads any more (`fujian types json | head`) is no failure.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    await program().parseAsync(args, { from: 'user' });
    return DONE;
  } catch (error) {
    // Commander has said why, or has given the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : BAD_USAGE;
    process.stderr.write(`fujian: ${messageOf(error)}\n`);
    return FAILED;
  }
}

function program(): Command {
  const program = new Command('fujian')
    .description('Runs Python next to JavaScript.')
    .version(VERSION)
    .showHelpAfterError('(fujian --help says what there is)')
    .exitOverride();
  addTypesCommand(program);
  return program;
}

function messageOf(error: unknown): string {
  const isExpected = error instanceof CommandError || error instanceof FujianError;
  return isExpected ? error.message : ((error as Error).stack ?? String(error));
}
