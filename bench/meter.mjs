// Counts answers for a while, and times each where only one is in flight.
import { quantile } from './statistics.mjs';

/** @typedef {ReturnType<typeof startMeter>} Meter */
/** @typedef {ReturnType<Meter['figures']>} Figures */

/** @param {number} seconds @param {boolean} timeEach */
export function startMeter(seconds, timeEach) {
  /** @type {number[]} in ms */
  const latencies = [];
  let count = 0;
  let over = false;
  let elapsed = 0;
  let cpu = process.cpuUsage();
  const startedAt = process.hrtime.bigint();
  let previous = startedAt;

  setTimeout(() => {
    over = true;
    elapsed = Number(process.hrtime.bigint() - startedAt) / 1e9;
    cpu = process.cpuUsage(cpu);
  }, seconds * 1_000);

  return {
    isOver: () => over,

    /** Counts an answer. Call it for each, right before sending the next request. */
    answered() {
      if (over) return;
      count += 1;
      if (!timeEach) return;
      const now = process.hrtime.bigint();
      latencies.push(Number(now - previous) / 1e6);
      previous = now;
    },

    figures: () => ({
      perSecond: count / elapsed,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      /** The client's share of one core. */
      clientCpu: (cpu.user + cpu.system) / 1e6 / elapsed,
    }),
  };
}
