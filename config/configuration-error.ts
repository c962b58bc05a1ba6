/** The configuration cannot be used. One sentence a problem, all that were found. */
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
