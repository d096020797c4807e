import type { PrometheusMetricsExporter } from '@temporalio/worker';
import { PhasegateError } from '../../domain/failures.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How the SDK serves its metrics and ours.
 *
 * @param bindAddress - an IP address and a port
 */
export function prometheusAt(bindAddress: string): PrometheusMetricsExporter['prometheus'] {
  return {
    bindAddress,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    // the SDK's own bounds are meant for milliseconds
    histogramBucketOverrides: {
      phasegate_event_lag: [0.1, 0.5, 1, 2, 5, 10, 30, MINUTE, 10 * MINUTE, HOUR],
      phasegate_gate_wait: [MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY],
      phasegate_model_latency: [0.5, 1, 2, 5, 10, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE],
    },
  };
}

/** The failure of a start whose metrics can't be served. */
export function metricsFailure(address: string, error: unknown): PhasegateError {
  const text = error instanceof Error ? error.message : String(error);
  const why = /in use/i.test(text) ? 'the port is taken' : text.split('\n')[0];
  return new PhasegateError(
    'config_invalid',
    `PHASEGATE_METRICS_ADDRESS: metrics can't be served at ${address}: ${why}`,
  );
}
