// Does one job after another. An error ends it: a bench that carries on then measures nothing.
import { loadHttp } from './http-load.mjs';
import { loadPipe, loadService } from './calls.mjs';
import { loadWebSocket } from './websocket-load.mjs';

const loads = { http: loadHttp, ws: loadWebSocket, service: loadService, pipe: loadPipe };

process.on('message', async (message) => {
  const job = /** @type {import('./client.mjs').Job} */ (message);
  process.send?.(await loads[job.way](job));
});
process.on('disconnect', () => process.exit());
