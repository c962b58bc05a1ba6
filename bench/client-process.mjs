// Does one job after another. An error ends it: a bench that carries on then measures nothing.
import { loadHttp } from './http-load.mjs';
import { loadPipe, loadService } from './calls.mjs';
import { runTrial } from './service-trials.mjs';
import { loadWebSocket } from './websocket-load.mjs';

const loads = { http: loadHttp, ws: loadWebSocket, service: loadService, pipe: loadPipe };

process.on('message', async (message) => {
  const job = /** @type {import('./client.mjs').Job | import('./trials.mjs').TrialJob} */ (message);
  process.send?.(await (job.way === 'trial' ? runTrial(job) : loads[job.way](job)));
});
process.on('disconnect', () => process.exit());
