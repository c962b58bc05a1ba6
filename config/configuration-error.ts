/** Thrown when the configuration is unusable. Lists all problems found, one sentence each. */
export class ConfigurationError extends Error {
  readonly code = 'FUJIAN_CONFIGURATION';
  override readonly name = 'ConfigurationError';

  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
  }
}
