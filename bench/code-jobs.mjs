// Jobs for the code-interpreter protocol, and for a Jupyter server as baseline.

/** @typedef {'sdk' | 'raw' | 'post' | 'kernel'} Over the client; `post` is the Fujian protocol */

/**
 * @typedef {object} CodeJob
 * @property {'code'} way
 * @property {Over} over
 * @property {number} port
 * @property {'answer' | 'plot' | 'print' | 'picture' | 'hangUp'} measure
 * @property {number} seconds of a round
 * @property {number} [quantile] of the latencies; default: the median
 * @property {number} [megabytes]
 */

/** @typedef {Pick<CodeJob, 'measure' | 'quantile' | 'megabytes'>} CodeTrial */

/** @param {number} quantile @returns {CodeTrial} */
export const answering = (quantile) => ({ measure: 'answer', quantile });

/** @type {CodeTrial} */
export const plotting = { measure: 'plot' };

/** @param {number} megabytes @returns {CodeTrial} */
export const printingAll = (megabytes) => ({ measure: 'print', megabytes });

/** @param {number} megabytes @returns {CodeTrial} */
export const picturing = (megabytes) => ({ measure: 'picture', megabytes });

/** @type {CodeTrial} */
export const hangingUp = { measure: 'hangUp' };
