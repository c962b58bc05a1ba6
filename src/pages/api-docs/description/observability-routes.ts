import { HealthController } from '../../../observability/health/health.controller.js';
import { MetricsController } from '../../../observability/metrics/metrics.controller.js';
import { type DescribedRoutes, describeRoutes, json, text } from './descriptions.js';

const HEALTH: DescribedRoutes<HealthController> = {
  live: {
    summary: 'Whether the process answers',
    answers: { 200: json('Health', 'It does.') },
  },
  ready: {
    summary: 'Whether code can run now, and if not, why',
    answers: { 200: json('Health', 'It can.'), 503: json('Health', 'It cannot.') },
  },
};

const METRICS: DescribedRoutes<MetricsController> = {
  metrics: {
    summary: 'Metrics for Prometheus',
    answers: { 200: text('In its text format.', 'fujian_sessions{state="idle"} 1\n') },
  },
};

export function describeObservabilityRoutes(): void {
  describeRoutes(HealthController, 'Observability', HEALTH);
  describeRoutes(MetricsController, 'Observability', METRICS);
}
