// Runs one job after another. An error ends the process: a bench that carried on would measure
// nothing.
import { loadHttp } from './http-load.mjs';
import { loadPipe, loadService } from './calls.mjs';
import { runCodeTrial } from './code-trials.mjs';
import { runLargeTrial } from './large-trials.mjs';
import { runTrial } from './service-trials.mjs';
import { runSessionTrial } from './session-trials.mjs';
import { runValuesTrial } from './values-trials.mjs';
import { loadWebSocket } from './websocket-load.mjs';

const loads = { http: loadHttp, ws: loadWebSocket, service: loadService, pipe: loadPipe };

process.on('message', (message) => {
  void does(/** @type {import('./client.mjs').AnyJob} */ (message)).then((sample) =>
    process.send?.(sample),
  );
});
process.on('disconnect', () => process.exit());

/** @param {import('./client.mjs').AnyJob} job */
function does(job) {
  switch (job.way) {
    case 'trial':
      return runTrial(job);
    case 'session':
      return runSessionTrial(job);
    case 'code':
      return runCodeTrial(job);
    case 'large':
      return runLargeTrial(job);
    case 'values':
      return runValuesTrial(job);
    default:
      return loads[job.way](job);
  }
}
