import type { RunEvent } from '../domain/events.js';
import type { PhaseState } from '../domain/run-state.js';
import { toStored } from './postgres-text.js';
import type { Db } from './runs.js';

/** What a batch of events makes of one phase. */
interface PhaseChange {
  state: PhaseState;
  /** The phase began (again): what was before doesn't count. */
  startedAt: string | null;
  endedAt: string | null;
  attempts: number;
  errorCode: string | null;
  reason: string | null;
}

const NO_CHANGE: PhaseChange = { state: 'running', startedAt: null, endedAt: null, attempts: 0, errorCode: null, reason: null };

/** Brings the rows of the phases up to date (S13, S17): one statement, whatever number of events. */
export async function projectPhases(db: Db, runId: string, events: readonly RunEvent[]): Promise<void> {
  const changes = new Map<string, PhaseChange>();
  for (const event of events) {
    if (event.phaseKey === null) continue;
    const state = stateAfter(event);
    if (state === null) continue;
    changes.set(event.phaseKey, { ...(changes.get(event.phaseKey) ?? NO_CHANGE), ...changeOf(event, state, changes.get(event.phaseKey)) });
  }
  await write(db, runId, changes);
  const reset = events.findLast(({ type }) => type === 'run_reset');
  if (reset) await reopenPhasesBehind(db, runId, reset.phaseKey ?? '');
  const end = events.findLast(({ type }) => type === 'run_failed' || type === 'run_aborted' || type === 'run_completed');
  if (end) await closeOpenPhases(db, runId, end);
}

function stateAfter({ type }: RunEvent): PhaseState | null {
  switch (type) {
    case 'phase_started':
    case 'run_reset':
    case 'prompt_repaired':
    case 'revision_started':
      return 'running';
    case 'artifact_validated':
    case 'artifact_invalid':
    case 'artifact_timeout':
      return 'validating';
    case 'approval_requested':
      return 'awaiting_approval';
    case 'phase_completed':
      return 'completed';
    case 'phase_failed':
      return 'failed';
    case 'phase_skipped':
      return 'skipped';
    default:
      return null;
  }
}

function changeOf({ type, payload, ts }: RunEvent, state: PhaseState, before: PhaseChange | undefined): Partial<PhaseChange> {
  // again after a failure that a person dealt with: the same phase goes on
  if ((type === 'phase_started' && payload.again !== true) || type === 'run_reset') return { ...NO_CHANGE, startedAt: ts };
  const counts = type === 'artifact_validated' || type === 'artifact_invalid' || type === 'artifact_timeout';
  // a phase may fail within an attempt, by its provider
  const said = counts ? payload.attempt : type === 'phase_failed' ? payload.attempts : 0;
  const attempt = typeof said === 'number' ? said : 0;
  const ended = state === 'completed' || state === 'failed' || state === 'skipped';
  return {
    state,
    attempts: Math.max(before?.attempts ?? 0, attempt),
    endedAt: ended ? ts : null,
    errorCode: state === 'failed' ? textOf(payload.code) : null,
    reason: state === 'failed' || state === 'skipped' ? (textOf(payload.message) ?? textOf(payload.reason)) : null,
  };
}

async function write(db: Db, runId: string, changes: ReadonlyMap<string, PhaseChange>): Promise<void> {
  if (changes.size === 0) return;
  const rows = [...changes].map(([phaseKey, change]) => ({ phaseKey, ...change }));
  await db.$executeRaw`
    INSERT INTO run_phases (run_id, phase_key, state, started_at, ended_at, attempts, error_code, reason)
    SELECT ${runId}::uuid, c."phaseKey", c.state, c."startedAt", c."endedAt", c.attempts, c."errorCode", c.reason
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS c ("phaseKey" text, state text, "startedAt" timestamptz, "endedAt" timestamptz, attempts int, "errorCode" text, reason text)
    ON CONFLICT (run_id, phase_key) DO UPDATE SET
      state = EXCLUDED.state,
      started_at = COALESCE(EXCLUDED.started_at, run_phases.started_at),
      ended_at = EXCLUDED.ended_at,
      attempts = CASE WHEN EXCLUDED.started_at IS NULL THEN GREATEST(run_phases.attempts, EXCLUDED.attempts) ELSE EXCLUDED.attempts END,
      error_code = EXCLUDED.error_code,
      reason = EXCLUDED.reason`;
}

/** A run that was reset to a phase has not done the later ones. */
async function reopenPhasesBehind(db: Db, runId: string, phaseKey: string): Promise<void> {
  await db.$executeRaw`
    UPDATE run_phases SET state = 'pending', attempts = 0, started_at = NULL, ended_at = NULL, error_code = NULL, reason = NULL
    WHERE run_id = ${runId}::uuid AND index > (SELECT index FROM run_phases WHERE run_id = ${runId}::uuid AND phase_key = ${phaseKey})`;
}

/** A run that has ended has no phase under way: what never ended by itself ended with it, what never began was skipped. */
async function closeOpenPhases(db: Db, runId: string, { ts, payload }: RunEvent): Promise<void> {
  await db.$executeRaw`
    UPDATE run_phases SET
      error_code = CASE WHEN state = 'pending' THEN error_code ELSE COALESCE(error_code, ${textOf(payload.code)}) END,
      ended_at = CASE WHEN state = 'pending' THEN ended_at ELSE ${ts}::timestamptz END,
      state = CASE WHEN state = 'pending' THEN 'skipped' ELSE 'failed' END
    WHERE run_id = ${runId}::uuid AND state NOT IN ('completed', 'failed', 'skipped')`;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? toStored(value) : null;
}
