import type { Registry } from 'prom-client';

export interface ObservabilityOptions {
  /**
   * Where the metrics go, if not to a registry of their own: that of the application, which then serves them with
   * its own. Without those of the process, which it has already.
   */
  readonly registry?: Registry;
}
