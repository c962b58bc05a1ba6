import type { Finding } from './finding.js';

const LEVEL_WIDTH = 'problem  '.length;
const CHECK_WIDTH = 'configuration  '.length;
const INDENT = ' '.repeat(LEVEL_WIDTH + CHECK_WIDTH);

/** Formats a finding for people: the finding, and below it the advice. */
export function linesOf({ level, check, found, advice }: Finding): string {
  const head = level.padEnd(LEVEL_WIDTH) + check.padEnd(CHECK_WIDTH);
  const lines = [...found.split('\n'), ...(advice?.split('\n') ?? [])];
  return `${head}${lines.join(`\n${INDENT}`)}\n`;
}

export function conclusionOf(findings: readonly Finding[]): string {
  const problems = findings.filter(({ level }) => level === 'problem').length;
  if (problems === 0) return 'Nothing stops the service.\n';
  return problems === 1 ? 'There is 1 problem.\n' : `There are ${problems} problems.\n`;
}
