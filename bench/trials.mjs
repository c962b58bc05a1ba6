// Trials for the service and a Jupyter kernel alike. The code is the same for both.

/**
 * @typedef {object} TrialJob
 * @property {'trial'} way
 * @property {'interrupt' | 'death' | 'output' | 'flood'} measure
 * @property {string} code
 * @property {number} seconds of a round
 * @property {boolean} [kill] kill from outside; otherwise the code ends itself
 * @property {number} [bytes] that the code prints
 * @property {'service' | 'session'} [of] whose memory: the process that forwards output, or the one that prints
 * @property {boolean} [readsOn] whether the client reads everything after its pause, instead of interrupting
 */

/** @typedef {(seconds: number) => TrialJob} Trial */

/** @param {string} code that never ends @returns {Trial} */
export function interrupting(code) {
  return (seconds) => ({ way: 'trial', measure: 'interrupt', code, seconds });
}

/** @type {Trial} */
export const killing = (seconds) => ({
  way: 'trial',
  measure: 'death',
  code: 'while True: pass',
  kill: true,
  seconds,
});

/** @type {Trial} */
export const exiting = (seconds) => ({
  way: 'trial',
  measure: 'death',
  code: 'import os, time; print(time.monotonic_ns(), end="", flush=True); os._exit(3)',
  seconds,
});

/** @param {number} size bytes of one write @returns {Trial} */
export function printing(size) {
  return (seconds) => ({
    way: 'trial',
    measure: 'output',
    seconds,
    ...prints(seconds * 128, size),
  });
}

/**
 * @param {'service' | 'session'} of whose memory
 * @param {boolean} readsOn
 * @returns {Trial}
 */
export function flooding(of, readsOn) {
  const printed = prints(2_048, 2 ** 20);
  return (seconds) => ({ way: 'trial', measure: 'flood', of, readsOn, seconds, ...printed });
}

/** @param {number} megabytes @param {number} size of one write */
function prints(megabytes, size) {
  const times = Math.round((megabytes * 2 ** 20) / size);
  const code = `block = 'x' * ${size - 1}\nfor _ in range(${times}): print(block)`;
  return { bytes: times * size, code };
}
