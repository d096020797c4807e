import { editKey, isActivityKey, occurrenceIn, phaseEventKey } from './event-keys.js';
import { changeText } from '../change/changes.js';
import { cut } from '../failures.js';
import { canonicalJson } from '../text/hash.js';
import type { HistoryFacts, PastEdit, PastPhase } from './history-facts.js';
import type { EventType, RunEvent } from './events.js';
import type { RunState } from '../run-state.js';
import { differingChecks, type MirroredCheck } from './verify-checks.js';

/** Something in the mirror that differs from history. */
export interface Finding {
  kind:
    | 'run_missing'
    | 'event_missing'
    | 'event_differs'
    | 'event_unaccounted'
    | 'event_order'
    | 'event_conflict'
    | 'seq_gap'
    | 'state_differs'
    | 'artifact_missing'
    | 'artifact_damaged'
    | 'calls_missing'
    | 'checks_missing'
    | 'table_differs';
  text: string;
}

/** What the mirror has about a run. */
export interface MirroredRun {
  state: RunState;
  /** The run's counter. */
  eventCount: number;
  hasReport: boolean;
  events: readonly (RunEvent & { seq: number })[];
  /** `intact`: the bytes that are kept have this sha256; null where no bytes are kept. */
  artifacts: readonly { phaseKey: string; sha256: string; valid: boolean; intact: boolean | null }[];
  /** Every run of a command of the repository. */
  checks: readonly MirroredCheck[];
  /** How many model calls of each attempt were recorded. */
  calls: readonly { phaseKey: string; attempt: number; calls: number }[];
}

const STATE_OF: Record<string, RunState> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'aborted',
  TERMINATED: 'failed',
  TIMED_OUT: 'failed',
};

/**
 * Compares what the mirror has about a run with what Temporal's history says, event by event.
 *
 * @param differingTables - tables made from events that differ from what the events make
 * @returns an empty list when they agree
 */
export function verifyRun(history: HistoryFacts, mirror: MirroredRun, differingTables: readonly string[]): Finding[] {
  return [
    ...checkSent(history, mirror),
    ...checkOrder(history, mirror),
    ...history.phases.flatMap((phase) => [
      ...checkPhase(phase, history, mirror),
      ...checkArtifact(phase, mirror),
      ...checkCalls(phase, mirror),
    ]),
    ...differingChecks(history, mirror.events, mirror.checks).map((text): Finding => ({
      kind: 'checks_missing',
      text,
    })),
    ...history.edits.flatMap((edit) => checkEdit(edit, mirror)),
    ...checkUnaccounted(history, mirror),
    ...checkNumbers(mirror),
    ...checkState(history, mirror),
    ...differingTables.map((table): Finding => ({
      kind: 'table_differs',
      text: `the rows of the run in ${table} are not what its events make them`,
    })),
  ];
}

function checkSent({ sent, delivered }: HistoryFacts, { events }: MirroredRun): Finding[] {
  const stored = new Map(events.map((event) => [event.idempotencyKey, event]));
  return [...sent, ...delivered].flatMap((event): Finding[] => {
    const found = stored.get(event.idempotencyKey);
    if (!found)
      return event.certain
        ? [{ kind: 'event_missing', text: `${nameOf(event)} is in history and not in the mirror` }]
        : [];
    if (contentOf(found) === contentOf(event)) return [];
    return [
      {
        kind: 'event_differs',
        text: `event ${found.seq}, ${nameOf(event)}, is not what history has: ${cut(contentOf(found), 200)}`,
      },
    ];
  });
}

/** Two of the run's own events never change places, because one write follows the other. */
function checkOrder({ sent }: HistoryFacts, { events }: MirroredRun): Finding[] {
  const place = new Map(events.map(({ idempotencyKey, seq }) => [idempotencyKey, seq]));
  let last = 0;
  return sent.flatMap((event): Finding[] => {
    const seq = place.get(event.idempotencyKey);
    if (seq === undefined) return [];
    if (seq > last) {
      last = seq;
      return [];
    }
    return [
      {
        kind: 'event_order',
        text: `event ${seq}, ${nameOf(event)}, stands before what happened earlier (event ${last})`,
      },
    ];
  });
}

/** The events that a phase's activity wrote itself. Their keys show which there must be. */
function checkPhase(
  { task, outcome, failed }: PastPhase,
  { executionRunIds }: HistoryFacts,
  { events }: MirroredRun,
): Finding[] {
  const keys = new Set(events.map(({ idempotencyKey }) => idempotencyKey));
  const has = (type: EventType, attempt: number): boolean =>
    executionRunIds.some((id) => keys.has(phaseEventKey(occurrenceIn(id, task.occurrence), type, attempt)));
  const missing = (type: string, attempt: number): Finding => ({
    kind: 'event_missing',
    text: `${type} of phase ${task.phase.key}, attempt ${attempt}, is not in the mirror`,
  });
  const findings: Finding[] = [];
  const attempts = outcome?.attempts ?? 0;
  if (outcome && !has('artifact_validated', attempts)) findings.push(missing('artifact_validated', attempts));
  if (outcome?.commit && !has('changes_committed', attempts)) findings.push(missing('changes_committed', attempts));
  findings.push(...checkChanges({ task, outcome }, executionRunIds, events));
  // outcomes of older builds say nothing of checks
  if (outcome && (outcome.checks ?? []).length > 0 && !has('checks_passed', attempts))
    findings.push(missing('checks_passed', attempts));
  const lastBad = outcome ? attempts - 1 : failed && ATTEMPT_CODES.has(failed.code) ? failed.attempts : 0;
  for (let attempt = task.attemptOffset + 1; attempt <= lastBad; attempt++) {
    if (!BAD.some((type) => has(type, attempt))) findings.push(missing(BAD.join(' or '), attempt));
    if (attempt < attempts && !has('prompt_repaired', attempt + 1))
      findings.push(missing('prompt_repaired', attempt + 1));
  }
  return findings;
}

/** What changed in a phase is in history and in the event of its commit. */
function checkChanges(
  { task, outcome }: Pick<PastPhase, 'task' | 'outcome'>,
  executionRunIds: readonly string[],
  events: MirroredRun['events'],
): Finding[] {
  if (!outcome?.commit || !outcome.changes) return [];
  const { attempts, changes } = outcome;
  const keys = executionRunIds.map((id) =>
    phaseEventKey(occurrenceIn(id, task.occurrence), 'changes_committed', attempts),
  );
  const found = events.find(({ idempotencyKey }) => keys.includes(idempotencyKey));
  if (!found || canonicalJson(found.payload.changes ?? null) === canonicalJson(changes)) return [];
  return [
    {
      kind: 'event_differs',
      text: `event ${found.seq}, ${nameOf(found)}, does not have the changes that history has: ${changeText(changes.total)}`,
    },
  ];
}

/** The failures of an attempt that was judged. */
const ATTEMPT_CODES = new Set([
  'artifact_invalid_after_repair',
  'artifact_timeout_exhausted',
  'artifact_missing',
  'output_limit_reached',
  'checks_failed',
  'stalled',
]);
/** What an attempt ends with that another one follows. */
const BAD = ['artifact_invalid', 'artifact_timeout', 'artifact_missing', 'checks_failed'] as const;

function checkArtifact({ outcome }: PastPhase, { artifacts }: MirroredRun): Finding[] {
  if (!outcome) return [];
  const { phaseKey, path, sha256 } = outcome.artifact;
  const found = artifacts.filter((artifact) => artifact.phaseKey === phaseKey && artifact.sha256 === sha256);
  if (!found.some(({ valid }) => valid))
    return [{ kind: 'artifact_missing', text: `${path} of phase ${phaseKey} (sha256 ${sha256}) is not in the mirror` }];
  if (found.some(({ intact }) => intact === false))
    return [
      {
        kind: 'artifact_damaged',
        text: `the bytes of ${path} of phase ${phaseKey} in the mirror do not have the sha256 ${sha256}`,
      },
    ];
  return [];
}

function checkEdit({ look, artifact }: PastEdit, { events, artifacts }: MirroredRun): Finding[] {
  if (!artifact) return [];
  const { phaseKey, path, sha256 } = artifact;
  const findings: Finding[] = [];
  if (!events.some(({ idempotencyKey }) => idempotencyKey === editKey(look.requestId, sha256)))
    findings.push({ kind: 'event_missing', text: `artifact_edited of phase ${phaseKey} is not in the mirror` });
  if (!artifacts.some((found) => found.phaseKey === phaseKey && found.sha256 === sha256))
    findings.push({
      kind: 'artifact_missing',
      text: `${path} of phase ${phaseKey} as a person edited it (sha256 ${sha256}) is not in the mirror`,
    });
  return findings;
}

function checkCalls({ task, outcome }: PastPhase, { calls }: MirroredRun): Finding[] {
  if (!outcome) return [];
  const recorded = calls
    .filter(
      ({ phaseKey, attempt }) =>
        phaseKey === task.phase.key && attempt > task.attemptOffset && attempt <= outcome.attempts,
    )
    .reduce((sum, { calls: count }) => sum + count, 0);
  if (recorded >= outcome.usage.calls) return [];
  return [
    {
      kind: 'calls_missing',
      text: `${outcome.usage.calls - recorded} of the ${outcome.usage.calls} model calls of phase ${task.phase.key} are not in the mirror`,
    },
  ];
}

/** Finds things in the mirror that history does not explain. */
function checkUnaccounted(
  { sent, delivered, phases, edits, executionRunIds }: HistoryFacts,
  { events }: MirroredRun,
): Finding[] {
  const known = new Set([
    ...[...sent, ...delivered].map(({ idempotencyKey }) => idempotencyKey),
    ...edits.map(({ look }) => editKey(look.requestId, look.sha256)),
  ]);
  const occurrences = new Set(phases.map(({ task }) => task.occurrence));
  const executions = new Set(executionRunIds);
  return events.flatMap(({ seq, type, phaseKey, idempotencyKey, payload }): Finding[] => {
    if (type === 'event_conflict')
      return [
        {
          kind: 'event_conflict',
          text: `event ${seq}: a key was used for two events: ${cut(JSON.stringify(payload), 300)}`,
        },
      ];
    if (
      known.has(idempotencyKey) ||
      type === 'price_unknown' ||
      type === 'request_adapted' ||
      type === 'tools_defined' ||
      isActivityKey(idempotencyKey, executions, occurrences)
    )
      return [];
    return [
      {
        kind: 'event_unaccounted',
        text: `event ${seq}, ${nameOf({ type, phaseKey })}, is in the mirror and nothing in history sent it`,
      },
    ];
  });
}

function checkNumbers({ events, eventCount }: MirroredRun): Finding[] {
  const gap = events.findIndex(({ seq }, index) => seq !== index + 1);
  if (gap >= 0)
    return [{ kind: 'seq_gap', text: `event ${gap + 1} is missing: the next one has the number ${events[gap]?.seq}` }];
  if (eventCount === events.length) return [];
  return [{ kind: 'seq_gap', text: `the run counts ${eventCount} events, and has ${events.length}` }];
}

function checkState({ closedAs }: HistoryFacts, { state, hasReport }: MirroredRun): Finding[] {
  if (closedAs === null) return [];
  const findings: Finding[] = [];
  if (STATE_OF[closedAs] !== state)
    findings.push({
      kind: 'state_differs',
      text: `Temporal closed the run as ${closedAs}, the mirror has it as ${state}: npm run client -- reconcile ends it there`,
    });
  if (!hasReport)
    findings.push({
      kind: 'state_differs',
      text: 'the run has ended and has no report: npm run client -- reconcile makes it',
    });
  return findings;
}

function contentOf({ type, phaseKey, payload, ts }: RunEvent): string {
  return canonicalJson([type, phaseKey, payload, ts]);
}

function nameOf({ type, phaseKey }: Pick<RunEvent, 'type' | 'phaseKey'>): string {
  return phaseKey === null ? type : `${type} of phase ${phaseKey}`;
}
