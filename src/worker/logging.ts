import { metricsFailure, prometheusAt } from './metrics/prometheus.js';
import { DefaultLogger, Runtime, type LogEntry, type LogLevel, type Logger } from '@temporalio/worker';

/** Fields that come first on a line, with the names that people search for. */
const FIRST = ['workflowId', 'runId', 'phase', 'activityType'] as const;

/**
 * Sends all logs of the worker, of activities and of workflows through one writer: as JSON lines, or as plain lines in
 * a terminal.
 *
 * @param level - lowest level that is written
 * @param plain - whether a person reads the log as it is written
 * @param metricsAddress - where metrics are served; empty for nowhere
 * @returns the writer itself: the runtime's own keeps lines back for a moment, and the last ones would be lost
 * @throws PhasegateError `config_invalid` when metrics can't be served there. Logging works all the same.
 */
export function installLogging(level: LogLevel, plain: boolean, metricsAddress = ''): Logger {
  const format = plain ? plainLine : jsonLine;
  const logger = new DefaultLogger(level, (entry) => process.stderr.write(`${format(entry)}\n`));
  const logging = { forward: {}, filter: 'ERROR' } as const;
  const metrics = metricsAddress === '' ? undefined : { prometheus: prometheusAt(metricsAddress) };
  try {
    Runtime.install({ logger, telemetryOptions: { logging, metrics } });
  } catch (error) {
    if (!metrics) throw error;
    Runtime.install({ logger, telemetryOptions: { logging } });
    throw metricsFailure(metricsAddress, error);
  }
  return logger;
}

/** One entry as a line of JSON: `{"time", "level", "message", "workflowId", "runId", "phase", …}`. */
export function jsonLine({ level, message, timestampNanos, meta }: LogEntry): string {
  return JSON.stringify({ time: isoTime(timestampNanos), level, message, ...ordered(meta) }, (_key, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value instanceof Error ? `${value.name}: ${value.message}` : value,
  );
}

/** One entry as a line for a person. */
export function plainLine({ level, message, timestampNanos, meta }: LogEntry): string {
  const facts = Object.entries(ordered(meta))
    .filter(([key, value]) => value !== undefined && !HIDDEN.has(key))
    .map(
      ([key, value]) =>
        `${key}=${value instanceof Error ? value.message : typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
  return [isoTime(timestampNanos).slice(11, 23), level.padEnd(5), message, ...facts].join(' ');
}

/** Fields that a person who reads the log as it is written does not need. */
const HIDDEN = new Set([
  'sdkComponent',
  'taskToken',
  'namespace',
  'activityId',
  'attempt',
  'isLocal',
  'workflowType',
  'taskQueue',
]);

function isoTime(timestampNanos: bigint): string {
  return new Date(Number(timestampNanos / 1_000_000n)).toISOString();
}

function ordered(meta: LogEntry['meta'] = {}): Record<string, unknown> {
  const { taskToken: _, workflowRunId, ...rest } = meta as Record<string, unknown>;
  const all: Record<string, unknown> = { ...(workflowRunId === undefined ? {} : { runId: workflowRunId }), ...rest };
  const first = Object.fromEntries(FIRST.filter((key) => key in all).map((key) => [key, all[key]]));
  return { ...first, ...all };
}
