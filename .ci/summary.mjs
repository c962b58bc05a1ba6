// node summary.mjs RESULTS STATUS: says in one line what vitest's JSON holds, and ends with STATUS, that
// of `npm test`, or with 1 if anything failed, was skipped, or did not run at all.
import { existsSync, readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);
const results = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { success: false, numPassedTests: 0, numFailedTests: 0, testResults: [] };

const tests = results.testResults.flatMap((suite) => suite.assertionResults);
const skipped = tests.filter(({ status: outcome }) => !['passed', 'failed'].includes(outcome));
for (const { fullName } of skipped) console.log(`skipped, though CI has everything: ${fullName}`);

const problems = [
  // Files that could not be loaded, and checks before vitest, have no test that failed.
  results.testResults.filter((suite) => suite.status === 'failed' && !suite.assertionResults.length)
    .length,
  skipped.length,
];
const counted = results.numFailedTests + problems.reduce((sum, count) => sum + count, 0);
const isBad = status !== '0' || !results.success || results.numPassedTests === 0;
const failed = counted === 0 && isBad ? 1 : counted;

console.log(`${results.numPassedTests} passed, ${failed} failed`);
process.exitCode = status !== '0' ? Number(status) : Math.min(failed, 1);
