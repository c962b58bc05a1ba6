import { FujianError } from '../errors/fujian-error.js';

export class OptionalPackageError extends FujianError {
  readonly code = 'FUJIAN_OPTIONAL_PACKAGE';

  constructor(name: string, neededFor: string, cause: unknown) {
    super(`${neededFor} needs the package ${name}, which is not installed: npm install ${name}`, {
      cause,
    });
  }
}
