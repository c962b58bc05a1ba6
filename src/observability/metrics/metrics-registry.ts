import { collectDefaultMetrics, Registry } from 'prom-client';

/** Injection token of the registry that metrics of Python are in. */
export const METRICS_REGISTRY = Symbol('fujian:metrics-registry');

let processRegistry: Registry | undefined;

/** Memory, processor time and event-loop delay of this process, however many applications are in it. */
export function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}
