import type { Command } from 'commander';
import { loadConfiguration } from '../../config/load-configuration.js';
import { consoleAddress } from '../serving/console-address.js';
import { openInBrowser } from './browser.js';
import { FAILED } from './exit-codes.js';
import { printedConfiguration } from './printed-configuration.js';
import { addSettingOptions, commandLineOf } from './setting-options.js';

interface ServeOptions {
  readonly open?: true;
  readonly printConfig?: true;
}

/** Adds `fujian serve`, the default command. */
export function addServeCommand(program: Command, report: (error: unknown) => void): void {
  const command = program
    .command('serve')
    .description('Starts the service. The default command.')
    .option('--open', 'open the console in the browser')
    .option('--print-config', 'print the settings with their sources, and exit')
    .action(async ({ open, printConfig }: ServeOptions) => {
      const loaded = loadConfiguration(process.env, commandLineOf(command));
      if (printConfig) {
        process.stdout.write(printedConfiguration(loaded));
        return;
      }
      try {
        // Imported late, as it takes half a second: not for help, nor for unusable settings.
        const { startServiceProcess } = await import('./service-process.js');
        const { urls } = await startServiceProcess(loaded);
        if (open) await openConsole(urls);
      } catch (error) {
        report(error);
        // Otherwise, parts that have started would keep the process alive.
        process.exit(FAILED);
      }
    });
  addSettingOptions(command);
}

async function openConsole(urls: readonly string[]): Promise<void> {
  const address = consoleAddress(urls);
  const reason = await (
    address === undefined
      ? Promise.reject(new Error('the service listens on a Unix socket only'))
      : openInBrowser(address)
  ).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  if (reason === undefined) return;
  const remedy = address === undefined ? '' : ` Open ${address} yourself.`;
  process.stderr.write(`fujian: no browser could be opened: ${reason}.${remedy}\n`);
}
