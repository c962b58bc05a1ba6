// Jobs that ask for large output, beside another client.

/**
 * @typedef {object} LargeJob
 * @property {'large'} way
 * @property {'POST' | 'WebSocket'} over
 * @property {number} port
 * @property {number} pid of the service
 * @property {string} code
 * @property {'delay' | 'memory'} measure the longest ping of another client, or the growth of the service
 */

/** @typedef {Pick<LargeJob, 'code' | 'measure'>} LargeTrial */

export const LARGE_MEGABYTES = 120;

/** @param {LargeJob['measure']} measure @param {string} character as in a Python literal @returns {LargeTrial} */
export const printingLarge = (measure, character) => ({
  measure,
  code: `print('${character}' * ${LARGE_MEGABYTES * 1e6})`,
});
