import { editKey, occurrenceIn, phaseEventKey } from './event-keys.js';
import { checksPayload, commitPayload, type RunEvent } from './events.js';
import type { HistoryFacts, PastEdit, PastPhase, SentEvent } from './history-facts.js';
import type { JsonObject } from '../text/json.js';

/**
 * The events of a run as history has them: the events that the run and its deliveries sent, and those that a phase's
 * activity wrote itself, as far as its result has them.
 *
 * @param history - with all executions
 * @param storedKeys - the keys that the mirror has: those events are not made again
 * @returns in the order in which they happened
 */
export function rebuiltEvents(history: HistoryFacts, storedKeys: ReadonlySet<string>): RunEvent[] {
  const certain = (events: readonly SentEvent[]): RunEvent[] =>
    events.filter((event) => event.certain).map(({ certain: _, ...event }) => event);
  const own = [
    ...history.phases.flatMap((phase) => ownEvents(phase, history.executionRunIds, storedKeys)),
    ...history.edits.flatMap((edit) => editEvents(edit, storedKeys)),
    ...certain(history.delivered),
  ];
  const events = certain(history.sent);
  for (const event of own) {
    const next = events.findIndex(({ ts }) => ts > event.ts);
    events.splice(next < 0 ? events.length : next, 0, event);
  }
  return events;
}

function ownEvents(
  { task, outcome, executionRunId, endedAt }: PastPhase,
  executionRunIds: readonly string[],
  storedKeys: ReadonlySet<string>,
): RunEvent[] {
  if (!outcome || endedAt === null) return [];
  const { attempts: attempt, artifact, commit, changes } = outcome;
  const make = (type: RunEvent['type'], payload: JsonObject): RunEvent[] => {
    const keyIn = (id: string): string => phaseEventKey(occurrenceIn(id, task.occurrence), type, attempt);
    if (executionRunIds.some((id) => storedKeys.has(keyIn(id)))) return [];
    return [
      {
        type,
        phaseKey: task.phase.key,
        payload: { attempt, round: task.round, ...payload, rebuilt: true },
        idempotencyKey: keyIn(executionRunId),
        ts: endedAt,
      },
    ];
  };
  const validated = make('artifact_validated', { sha256: artifact.sha256, bytes: artifact.bytes });
  const checks = outcome.checks ?? [];
  const protectedFiles = outcome.protectedChanged ?? [];
  const proof = [
    ...(checks.length > 0 ? make('checks_passed', checksPayload(null, checks)) : []),
    ...(protectedFiles.length > 0 ? make('protected_changed', { files: protectedFiles, more: 0 }) : []),
  ];
  if (!commit) return [...validated, ...proof];
  return [...validated, ...make('changes_committed', commitPayload(commit, changes)), ...proof];
}

function editEvents({ look, artifact, endedAt }: PastEdit, storedKeys: ReadonlySet<string>): RunEvent[] {
  if (!artifact || endedAt === null) return [];
  const idempotencyKey = editKey(look.requestId, artifact.sha256);
  if (storedKeys.has(idempotencyKey)) return [];
  const payload = {
    by: look.by,
    sha256: artifact.sha256,
    previous: look.artifact.sha256,
    round: look.round,
    rebuilt: true,
  };
  return [{ type: 'artifact_edited', phaseKey: artifact.phaseKey, payload, idempotencyKey, ts: endedAt }];
}
