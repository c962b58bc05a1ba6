import { constants } from 'node:os';
import { DONE, FAILED, INTERRUPTED, SIGNALLED } from '../exit-codes.js';

/** The way in which a script ended. */
export type Ending =
  | { readonly type: 'done' }
  | {
      readonly type: 'raised';
      /** The name of the exception's class. */
      readonly name: string;
      readonly traceback: string;
      /** The exit of a SystemExit. */
      readonly exit?: { readonly status: number; readonly message?: string };
      /** Set if a hook of the script has shown it. */
      readonly isShown?: true;
    }
  | {
      readonly type: 'died';
      readonly reason: string;
      readonly signal?: string | undefined;
      readonly status?: number | undefined;
    };

/** Returns the text to print to stderr. */
export function messageOf(ending: Ending): string {
  switch (ending.type) {
    case 'done':
      return '';
    case 'raised': {
      const { exit, traceback, isShown } = ending;
      if (exit === undefined) return isShown ? '' : traceback;
      return exit.message === undefined ? '' : `${exit.message}\n`;
    }
    case 'died':
      return `fujian: Python ended: ${ending.reason}.\n`;
  }
}

/** Returns the exit code that `python` would have. */
export function exitCodeOf(ending: Ending): number {
  switch (ending.type) {
    case 'done':
      return DONE;
    case 'raised':
      if (ending.exit !== undefined) return ending.exit.status;
      return ending.name === 'KeyboardInterrupt' ? INTERRUPTED : FAILED;
    case 'died': {
      const { signal, status } = ending;
      if (signal === undefined) return status ?? FAILED;
      const numbers: Readonly<Record<string, number>> = constants.signals;
      return SIGNALLED + (numbers[signal] ?? 0);
    }
  }
}
