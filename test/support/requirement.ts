/**
 * Returns whether to run the tests that need `name`. Without it they are skipped on a developer's machine; in
 * CI this throws, since skipped tests would go unnoticed.
 *
 * @example describe.runIf(requireOrSkip('Chromium', existsSync(path)))('in a browser', …)
 */
export function requireOrSkip(name: string, present: boolean): boolean {
  if (!present && process.env['CI'] === 'true') {
    throw new Error(`${name} is not there, and CI must run every test: .ci/run installs it.`);
  }
  return present;
}
