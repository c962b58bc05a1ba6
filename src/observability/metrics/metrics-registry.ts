import { collectDefaultMetrics, Registry } from 'prom-client';

/** Injection token of the registry with the metrics of Python. */
export const METRICS_REGISTRY = Symbol('fujian:metrics-registry');

let processRegistry: Registry | undefined;

/**
 * Returns the metrics of this process (memory, processor time, event-loop delay), of which there is
 * one set however many applications it holds.
 */
export function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}
