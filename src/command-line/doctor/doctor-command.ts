import type { Command } from 'commander';
import type { CommandLine } from '../../../config/load-configuration.js';
import { DONE, FAILED } from '../exit-codes.js';
import { addSettingOptions, commandLineOf } from '../setting-options.js';
import { checkRuntimeDirectory, checkWorkingDirectory } from './files.js';
import { type Finding, problem } from './finding.js';
import { checkLimits } from './limits.js';
import { checkListening } from './listening.js';
import { checkNode, checkPackages } from './node.js';
import { checkPython } from './python.js';
import { conclusionOf, linesOf } from './report.js';
import { checkSettings } from './settings.js';

/** Adds `fujian doctor`. */
export function addDoctorCommand(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('doctor')
    .description('Checks whether the service can run here, and says how to fix what is wrong.')
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { readonly json?: true }) => {
      const findings: Finding[] = [];
      for await (const finding of examine(() => commandLineOf(command))) {
        findings.push(finding);
        if (!json) process.stdout.write(linesOf(finding));
      }
      const isWell = findings.every(({ level }) => level !== 'problem');
      process.stdout.write(
        json
          ? `${JSON.stringify({ ok: isWell, findings }, undefined, 2)}\n`
          : conclusionOf(findings),
      );
      end(isWell ? DONE : FAILED);
    });
  addSettingOptions(command);
}

async function* examine(commandLine: () => CommandLine): AsyncGenerator<Finding> {
  yield checkNode();
  const { loaded, findings } = checkSettings(commandLine);
  yield* findings;
  const { configuration } = loaded;
  yield* survived('packages', () => [checkPackages(configuration)]);
  yield* survived('files', () => [checkRuntimeDirectory()]);
  yield* survived('directory', () => [checkWorkingDirectory(configuration)]);
  yield* survived('Python', () => checkPython(loaded));
  yield* survived('limits', () => checkLimits(configuration));
  yield* survived('port', () => checkListening(configuration));
}

/** Turns an exception of a check into a finding. */
async function* survived(
  check: string,
  run: () => Iterable<Finding> | AsyncIterable<Finding>,
): AsyncGenerator<Finding> {
  try {
    yield* run();
  } catch (error) {
    yield problem(check, `could not be checked: ${(error as Error).message}`);
  }
}
