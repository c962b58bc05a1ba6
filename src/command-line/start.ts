/**
 * Runs what the command line says. Imports nothing by itself, so that it can say which package is missing
 * when one is.
 */
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

/** Which package could not be imported, and what to do; undefined if it is not that. */
export function missingPackage(error: unknown): string | undefined {
  if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_MODULE_NOT_FOUND')
    return undefined;
  const [, name] = /^Cannot find package '([^']+)'/.exec((error as Error).message) ?? [];
  if (name === undefined) return undefined;
  return `the package ${name} is not installed: npm install ${name}, or npm ci in a clone of Fujian.`;
}
