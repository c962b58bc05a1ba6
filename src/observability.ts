export { ObservabilityModule } from './observability/observability.module.js';
export type { ObservabilityOptions } from './observability/observability-options.js';
export { PythonHealthIndicator } from './observability/health/python.health-indicator.js';
export type { MountOptions } from './http/mounting/mount-options.js';
