import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../config/defaults.js';
import { ExecutionOptionsError } from '../errors/application-errors.js';
import type { ExecutionOptions } from './execution-options.js';
import { executionSettings } from './execution-settings.js';

describe('executionSettings', () => {
  it('has the default of an option that is omitted or undefined', () => {
    const options: object = { interruptGrace: undefined, timeout: 5, cwd: undefined };
    const { interruptGrace, timeout, queueLimit } = executionSettings(options);
    expect([interruptGrace, timeout, queueLimit]).toEqual([
      DEFAULTS.interruptGrace,
      5,
      DEFAULTS.queueLimit,
    ]);
  });

  it.each([
    [{ timeout: '5s' }, "The option timeout must be a number from 0 on, not '5s'."],
    [{ timeout: -1 }, 'The option timeout must be a number from 0 on, not -1.'],
    [{ maxSessions: Number.NaN }, 'The option maxSessions must be a number from 0 on, not NaN.'],
    [{ limits: { memory: -5 } }, 'The option limits.memory must be a number from 0 on, not -5.'],
    [
      { interruptgrace: 5 },
      'There is no option interruptgrace of ExecutionModule; perhaps interruptGrace is meant.',
    ],
    [
      { isGlobl: true },
      'There is no option isGlobl of ExecutionModule; perhaps isGlobal is meant.',
    ],
    [
      { isGlobal: true },
      'There is no option isGlobal of ExecutionModule here: pass it beside useFactory.',
    ],
    [{ colour: 'red' }, 'There is no option colour of ExecutionModule.'],
    [
      { limits: { memroy: 5 } },
      'There is no option limits.memroy of ExecutionModule; perhaps limits.memory is meant.',
    ],
    [
      { pool: { size: 1, recycleafter: 2 } },
      'There is no option pool.recycleafter of ExecutionModule; perhaps pool.recycleAfter is meant.',
    ],
    [{ queueLimit: null }, 'The option queueLimit must be a number from 0 on, not null.'],
  ])('refuses %j', (options, message) => {
    expect(() => executionSettings(options as ExecutionOptions)).toThrow(
      new ExecutionOptionsError(message),
    );
  });
});
