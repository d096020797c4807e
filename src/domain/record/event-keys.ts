import type { EventType } from './events.js';

// The keys of the events that activities write themselves. By them, verification and rebuilding tell which are there.
// The workflow's own keys have a uuid in them (src/workflows/event-log.ts).

/** When a reset runs an activity again, it has the same occurrence as the one before, but in another execution. */
export function occurrenceIn(executionRunId: string, occurrence: string): string {
  return `${executionRunId}:${occurrence}`;
}

/**
 * Key of something that happened in a phase, once in an attempt.
 *
 * @param occurrence - from {@link occurrenceIn}
 * @param n - tells it from others of its type in the same attempt, where there may be others
 */
export function phaseEventKey(occurrence: string, type: EventType, attempt: number, n?: number): string {
  return `${occurrence}:${type}:${attempt}${n === undefined ? '' : `:${n}`}`;
}

/** Key of `artifact_edited`. */
export function editKey(requestId: string, sha256: string): string {
  return `${requestId}:artifact_edited:${sha256}`;
}

/** Key of `price_unknown`: once in a run. */
export function priceUnknownKey(backend: string, model: string): string {
  return `price_unknown:${backend}/${model}`;
}

/** Key of `request_adapted`: once in a run for each thing that was learned about a model. */
export function requestAdaptedKey(backend: string, model: string, lesson: string): string {
  return `request_adapted:${backend}/${model}:${lesson}`;
}

/** Key of `tools_defined`: once in a run for each set of definitions. */
export function toolsDefinedKey(persona: string, server: string, sha256: string): string {
  return `tools_defined:${persona}/${server}:${sha256}`;
}

/** Key of `run_reset`: once for each execution. */
export function resetKey(executionRunId: string): string {
  return `run_reset:${executionRunId}`;
}

/** Key of the event that ends an execution when nobody has written one. */
export function reconciledKey(executionRunId: string, ending: string): string {
  return `reconciled:${executionRunId}:${ending}`;
}

/** Whether a key belongs to a phase, a reset or an ending of these executions. */
export function isActivityKey(
  key: string,
  executionRunIds: ReadonlySet<string>,
  occurrences: ReadonlySet<string>,
): boolean {
  const [first = '', second = ''] = key.split(':');
  return (
    (executionRunIds.has(first) && occurrences.has(second)) ||
    (['run_reset', 'reconciled'].includes(first) && executionRunIds.has(second))
  );
}
