import { RUN_ENDINGS, type RunEvent } from '../../domain/record/events.js';
import type { PhaseState } from '../../domain/run-state.js';
import { storedText } from '../postgres-text.js';

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

/** What a batch of events makes of the phases. */
export interface PhaseChanges {
  phases: ({ phaseKey: string } & PhaseChange)[];
  /** The run has not done what comes behind this phase. */
  resetTo: string | null;
  /** The run has ended, and with it every phase. */
  end: { at: string; errorCode: string | null } | null;
}

const NO_CHANGE: PhaseChange = {
  state: 'running',
  startedAt: null,
  endedAt: null,
  attempts: 0,
  errorCode: null,
  reason: null,
};

/** What a batch of events makes of the phases (S13, S17): first of each its own, then the reset, then the run's end. */
export function projectPhases(events: readonly RunEvent[]): PhaseChanges {
  const changes = new Map<string, PhaseChange>();
  for (const event of events) {
    if (event.phaseKey === null) continue;
    const state = stateAfter(event);
    if (state === null) continue;
    changes.set(event.phaseKey, {
      ...(changes.get(event.phaseKey) ?? NO_CHANGE),
      ...changeOf(event, state, changes.get(event.phaseKey)),
    });
  }
  const end = events.findLast(({ type }) => RUN_ENDINGS.includes(type));
  return {
    phases: [...changes].map(([phaseKey, change]) => ({ phaseKey, ...change })),
    resetTo: events.findLast(({ type }) => type === 'run_reset')?.phaseKey ?? null,
    end: end ? { at: end.ts, errorCode: storedText(end.payload.code) } : null,
  };
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

function changeOf(
  { type, payload, ts }: RunEvent,
  state: PhaseState,
  before: PhaseChange | undefined,
): Partial<PhaseChange> {
  // again after a failure that a person dealt with: the same phase goes on
  if ((type === 'phase_started' && payload.again !== true) || type === 'run_reset')
    return { ...NO_CHANGE, startedAt: ts };
  const counts = type === 'artifact_validated' || type === 'artifact_invalid' || type === 'artifact_timeout';
  // a phase may fail within an attempt, by its provider
  const said = counts ? payload.attempt : type === 'phase_failed' ? payload.attempts : 0;
  const attempt = typeof said === 'number' ? said : 0;
  const ended = state === 'completed' || state === 'failed' || state === 'skipped';
  return {
    state,
    attempts: Math.max(before?.attempts ?? 0, attempt),
    endedAt: ended ? ts : null,
    errorCode: state === 'failed' ? storedText(payload.code) : null,
    reason:
      state === 'failed' || state === 'skipped' ? (storedText(payload.message) ?? storedText(payload.reason)) : null,
  };
}
