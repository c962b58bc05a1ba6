// Jobs for sessions. Each is for session-trials.mjs and, where the scenario has a baseline, for a
// Jupyter kernel or for plain processes.

/**
 * @typedef {object} SessionJob
 * @property {'session'} way
 * @property {'create' | 'fork' | 'pss' | 'rate' | 'isolated'} measure
 * @property {number} seconds of a round
 * @property {string} python one with the modules to preload
 * @property {readonly string[]} preload
 * @property {string} [fill] code that fills the session to fork with data
 * @property {number} [sessions] beside `main`
 * @property {number} [atOnce] requests at a time
 */

/** @typedef {(seconds: number, python: string) => SessionJob} SessionTrial */

/** @param {readonly string[]} preload @returns {SessionTrial} */
export function creating(...preload) {
  return trial({ measure: 'create', preload });
}

/** @param {string} fill @returns {SessionTrial} */
export function forking(fill) {
  return trial({ measure: 'fork', fill });
}

/** @param {number} sessions @returns {SessionTrial} */
export function weighing(sessions) {
  return trial({ measure: 'pss', sessions });
}

/** @param {'rate' | 'isolated'} measure @param {number} atOnce @param {number} [sessions] */
export function rushing(measure, atOnce, sessions = 0) {
  return trial({ measure, atOnce, sessions });
}

/**
 * @param {Partial<SessionJob> & Pick<SessionJob, 'measure'>} job
 * @returns {SessionTrial}
 */
function trial(job) {
  return (seconds, python) => ({ way: 'session', preload: ['numpy'], ...job, seconds, python });
}
