// Jobs for values that pass between Node and Python.

/** @typedef {import('./values-libraries.mjs').LibraryName} LibraryName */
/** @typedef {'call' | 'calls' | 'give' | 'take' | 'computing' | 'transferring' | 'memory'} Measure */

/**
 * @typedef {object} ValuesJob
 * @property {'values'} way
 * @property {Measure} measure
 * @property {number} [quantile] of the latencies, or of the event loop's delays; 1 is the greatest
 * @property {'node' | 'python'} [of] whose memory
 * @property {number} seconds of a round
 * @property {string} python one with numpy
 * @property {LibraryName} library
 */

/** @typedef {(seconds: number, python: string, library: LibraryName) => ValuesJob} ValuesTrial */

/** @param {Measure} measure @param {Pick<ValuesJob, 'quantile' | 'of'>} [more] @returns {ValuesTrial} */
export function passing(measure, more = {}) {
  return (seconds, python, library) => ({
    way: 'values',
    measure,
    seconds,
    python,
    library,
    ...more,
  });
}
