import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { isJsonObject } from '../domain/text/json.js';

/**
 * Puts the run's id and the phase on every line that an activity logs. After a reset, Temporal's own run id is that of
 * the new execution, but people search for the run's.
 */
export const logAttributes: ActivityInterceptorsFactory = () => {
  let known: Record<string, string> = {};
  return {
    inbound: {
      execute: (input, next) => {
        known = attributesOf(input.args[0]);
        return next(input);
      },
    },
    outbound: {
      getLogAttributes: (input, next) => {
        const attributes = next(input);
        return { ...attributes, executionRunId: attributes.runId, ...known };
      },
    },
  };
};

/** The first argument of an activity is the run, or a task that has the run and the phase in it. */
function attributesOf(argument: unknown): Record<string, string> {
  if (!isJsonObject(argument)) return {};
  const run = isJsonObject(argument.run) ? argument.run : argument;
  const phase = isJsonObject(argument.phase) ? argument.phase.key : undefined;
  return { ...(typeof run.runId === 'string' && { runId: run.runId }), ...(typeof phase === 'string' && { phase }) };
}
