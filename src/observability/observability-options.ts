import type { Registry } from 'prom-client';

export interface ObservabilityOptions {
  /**
   * The registry for the metrics. With that of the application, the application serves them with
   * its own; the metrics of the process are left out, as it has them already. Default: a registry
   * of its own.
   */
  readonly registry?: Registry;
}
