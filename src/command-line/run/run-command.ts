import type { Command } from 'commander';
import { configurationSchema } from '../../../config/schema.js';
import { MAIN_SESSION } from '../../execution/ids.js';
import { CommandError } from '../command.error.js';
import { FAILED } from '../exit-codes.js';
import { exitCodeOf } from './ending.js';
import { Interrupts } from './interrupts.js';
import { readScript } from './script.js';

interface RunOptions {
  readonly python?: string;
  readonly url?: string;
  readonly session?: string;
}

/** Adds `fujian run`. */
export function addRunCommand(program: Command, end: (exitCode: number) => void): void {
  program
    .command('run')
    .description('Runs a Python script, and exits as python would.')
    .argument('<file>', 'the script, or - for standard input')
    .argument('[args...]', 'arguments of the script, in its sys.argv')
    .passThroughOptions()
    .option(
      '--python <path>',
      'the Python that runs it (default: FUJIAN_PYTHON, VIRTUAL_ENV, python3)',
    )
    .option('--url <url>', 'the running service in which to run it (default: FUJIAN_URL, or none)')
    .option('--session <id>', 'the session of the service in which to run it (default: main)')
    .addHelpText('after', '\nThe token for --url is taken from FUJIAN_TOKEN.')
    .action(async (file: string, args: string[], options: RunOptions) => {
      end(await run(file, args, options));
    });
}

async function run(file: string, args: readonly string[], options: RunOptions): Promise<number> {
  const { FUJIAN_URL, FUJIAN_PYTHON, FUJIAN_TOKEN } = process.env;
  const url = options.url ?? (FUJIAN_URL || undefined);
  if (url === undefined && options.session !== undefined) {
    throw new CommandError('--session is for a running service: name it by --url (FUJIAN_URL).');
  }
  if (url !== undefined && options.python !== undefined) {
    throw new CommandError(
      '--python and --url exclude each other: a running service has its own Python.',
    );
  }
  const interrupts = new Interrupts();
  const script = readScript(file, args);
  // Without a reader (`fujian run script.py | head`), the script has no reason to go on.
  process.stdout.once('error', () => process.exit(FAILED));
  if (url !== undefined) {
    const { runRemote } = await import('./remote.js');
    const session = options.session ?? MAIN_SESSION;
    const service = { url, session, token: tokenIn(FUJIAN_TOKEN) };
    return exitCodeOf(await runRemote(script, service, interrupts));
  }
  const { runEmbedded } = await import('./embedded.js');
  const python =
    namedPython(options.python, '--python') ?? namedPython(FUJIAN_PYTHON, 'FUJIAN_PYTHON');
  return exitCodeOf(await runEmbedded(script, python, interrupts));
}

/** Parses the token as the service does: fetch would quote an unusable token in its error. */
function tokenIn(variable: string | undefined): string | undefined {
  if (!variable) return undefined;
  const { success, data, error } = configurationSchema.shape.token.safeParse(variable);
  if (success) return data;
  throw new CommandError(`FUJIAN_TOKEN is set, but should be ${error.issues[0]!.message}.`);
}

function namedPython(python: string | undefined, place: string) {
  return python ? { option: { python }, place } : undefined;
}
