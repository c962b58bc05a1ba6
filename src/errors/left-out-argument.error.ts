import { FujianError } from './fujian-error.js';

/** A call leaves out an argument, and gives one behind it: Python would take that for the one left out. */
export class LeftOutArgumentError extends FujianError {
  readonly code = 'FUJIAN_LEFT_OUT_ARGUMENT';

  constructor(
    /** `package.module:function` */
    readonly target: string,
    at: number,
  ) {
    super(
      `Argument ${at + 1} of ${target} is undefined, and others follow. To leave it out, give those by name: keywords({ name: value }). None is null.`,
    );
  }
}
