import { FAILURES } from '../../domain/failures.js';
import { CHECK_OUTCOMES } from '../../domain/check/check-run.js';
import type { RunEvent } from '../../domain/record/events.js';
import { isJsonObject, type JsonObject } from '../../domain/text/json.js';

/** One more of something that is counted, or a duration in seconds. */
export interface Sample {
  kind: 'count' | 'seconds';
  name: string;
  value: number;
  tags: Record<string, string>;
}

/**
 * What an event adds to the metrics. Every label has few values, whatever agents and people write.
 *
 * @param now - milliseconds since 1970, when the event was written
 */
export function samplesOf(event: RunEvent, now: number): Sample[] {
  const lag = seconds('phasegate_event_lag', now - Date.parse(event.ts));
  return [...lag, ...(BY_TYPE[event.type]?.(event.payload, event) ?? [])];
}

type Samples = (payload: JsonObject, event: RunEvent) => Sample[];

const checks: Samples = ({ checks: all }) =>
  (Array.isArray(all) ? all : []).flatMap((check) =>
    isJsonObject(check) ? one('phasegate_checks', { outcome: among(CHECK_OUTCOMES, check.outcome) }) : [],
  );

const BY_TYPE: Partial<Record<RunEvent['type'], Samples>> = {
  run_started: () => one('phasegate_runs_started'),
  run_completed: () => one('phasegate_runs_ended', { state: 'completed', code: '' }),
  run_failed: ({ code }) => one('phasegate_runs_ended', { state: 'failed', code: knownCode(code) }),
  run_aborted: () => one('phasegate_runs_ended', { state: 'aborted', code: '' }),
  run_paused: ({ reason }) =>
    one('phasegate_runs_paused', { reason: reason === 'pause' ? 'pause' : knownCode(reason) }),
  phase_completed: () => one('phasegate_phases_ended', { outcome: 'completed', code: '' }),
  phase_failed: ({ code }) => one('phasegate_phases_ended', { outcome: 'failed', code: knownCode(code) }),
  phase_skipped: () => one('phasegate_phases_ended', { outcome: 'skipped', code: '' }),
  artifact_validated: () => one('phasegate_attempts', { outcome: 'valid' }),
  artifact_invalid: () => one('phasegate_attempts', { outcome: 'invalid' }),
  artifact_timeout: () => one('phasegate_attempts', { outcome: 'missing' }),
  checks_failed: (payload, event) => [...one('phasegate_repairs'), ...checks(payload, event)],
  checks_passed: checks,
  revision_started: () => one('phasegate_rounds', { because: 'person' }),
  sent_back: () => one('phasegate_rounds', { because: 'review' }),
  approval_requested: () => one('phasegate_gates_opened'),
  approval_resolved: ({ action, complete, openedAt }, { ts }) => [
    ...one('phasegate_decisions', { action: among(['approve', 'reject', 'requestChanges', 'abort'], action) }),
    ...(complete === true ? seconds('phasegate_gate_wait', Date.parse(ts) - timeOf(openedAt)) : []),
  ],
  gate_expired: () => one('phasegate_gates_expired'),
  decision_ignored: () => one('phasegate_decisions_ignored'),
  ignored_counted: ({ count }) => [{ ...sample('phasegate_decisions_ignored', {}), value: wholeFrom0(count) }],
  event_conflict: () => one('phasegate_event_conflicts'),
};

function one(name: string, tags: Record<string, string> = {}): Sample[] {
  return [sample(name, tags)];
}

function sample(name: string, tags: Record<string, string>): Sample {
  return { kind: 'count', name, value: 1, tags };
}

/** None where a time is not known. A clock that is behind another one gives 0. */
function seconds(name: string, ms: number): Sample[] {
  return Number.isFinite(ms) ? [{ kind: 'seconds', name, value: Math.max(0, ms) / 1_000, tags: {} }] : [];
}

function timeOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : NaN;
}

function wholeFrom0(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(0, value as number) : 0;
}

function among(known: readonly string[], value: unknown): string {
  return typeof value === 'string' && known.includes(value) ? value : 'other';
}

function knownCode(code: unknown): string {
  return typeof code === 'string' && Object.hasOwn(FAILURES, code) ? code : 'other';
}
