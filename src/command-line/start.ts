/** Runs the command line. Imports everything dynamically, so that it can name a missing package. */
export async function start(args: readonly string[]): Promise<void> {
  try {
    const { runProgram } = await import('./program.js');
    process.exitCode = await runProgram(args);
  } catch (error) {
    const sentence = missingPackage(error);
    if (sentence === undefined) throw error;
    process.stderr.write(`fujian: ${sentence}\n`);
    process.exitCode = 1;
  }
}

/**
 * Names the missing package of an import error, and the remedy. Returns undefined for any other
 * error.
 */
export function missingPackage(error: unknown): string | undefined {
  if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_MODULE_NOT_FOUND')
    return undefined;
  const [, name] = /^Cannot find package '([^']+)'/.exec((error as Error).message) ?? [];
  if (name === undefined) return undefined;
  return `the package ${name} is not installed: npm install ${name}, or npm ci in a clone of Fujian.`;
}
