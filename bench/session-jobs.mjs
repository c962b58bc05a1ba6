// What is measured of sessions. Each is a job for session-trials.mjs, and, where the scenario has a
// baseline, for a Jupyter kernel or for plain processes.

/**
 * @typedef {object} SessionJob
 * @property {'session'} way
 * @property {'create' | 'fork' | 'pss' | 'rate' | 'isolated'} measure
 * @property {number} seconds of a round
 * @property {string} python that has what is to be preloaded
 * @property {readonly string[]} preload
 * @property {string} [fill] code by which the session that is forked gets its data
 * @property {number} [sessions] that there are, besides `main`
 * @property {number} [atOnce] how many are asked for at a time
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
