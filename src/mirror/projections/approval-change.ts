import { RUN_ENDINGS, type RunEvent } from '../../domain/record/events.js';
import { storedText } from '../postgres-text.js';

/** What an event changes in the rows of approvals, in the order in which the changes must be written. */
export interface ApprovalChange {
  /** A row that is there already stays as it is. */
  request?: {
    id: string;
    phaseKey: string;
    gate: string;
    artifactSha256: string | null;
    requestedAt: string;
    /** The pass of the phase; null where the event doesn't tell it. */
    round: number | null;
  };
  resolution?: { id: string; state: string; resolvedAt: string };
  decision?: {
    id: string;
    requestId: string;
    action: string;
    claimedBy: string | null;
    comment: string | null;
    via: string | null;
    artifactSha256: string | null;
    decidedAt: string;
  };
  /** Requests that are still open then have no use any more: all of them, or those that a phase made before. */
  superseded?: { at: string; phaseKey: string | null };
}

const STATE_AFTER: Partial<Record<string, string>> = {
  approve: 'approved',
  reject: 'rejected',
  abort: 'aborted',
  requestChanges: 'changes_requested',
};
const SUPERSEDING = new Set<RunEvent['type']>([...RUN_ENDINGS, 'phase_started', 'revision_started', 'run_reset']);

/**
 * What an event changes in the rows of approvals (S16): a request for each gate that opened, and a decision for each
 * gate that was decided.
 */
export function approvalChange(event: RunEvent): ApprovalChange {
  const { type, phaseKey, payload, ts } = event;
  if (type === 'approval_requested') {
    return { request: { ...requestOf(event), artifactSha256: storedText(payload.artifactSha256) } };
  }
  if (type === 'approval_resolved') return resolved(event);
  // its round is over: the decision stays, and counts no more
  if (type === 'approval_voided') return { resolution: resolutionOf(event, 'voided') };
  if (type === 'gate_expired' && payload.onTimeout === 'reject') return { resolution: resolutionOf(event, 'expired') };
  if (SUPERSEDING.has(type)) return { superseded: { at: ts, phaseKey: type === 'run_reset' ? null : phaseKey } };
  return {};
}

function resolved(event: RunEvent): ApprovalChange {
  const { payload } = event;
  const action = storedText(payload.action) ?? '';
  return {
    // the request may be missing in a damaged mirror; the decision is kept all the same
    request: { ...requestOf(event), artifactSha256: null },
    // a gate that needs more than one approval stays open after the first
    ...(payload.complete === false ? {} : { resolution: resolutionOf(event, STATE_AFTER[action] ?? action) }),
    decision: decisionOf(event),
  };
}

function requestOf({ phaseKey, payload, ts }: RunEvent) {
  return {
    id: storedText(payload.requestId) ?? '',
    phaseKey: phaseKey ?? '',
    gate: storedText(payload.gate) ?? '',
    requestedAt: ts,
    round: Number.isSafeInteger(payload.round) ? (payload.round as number) : null,
  };
}

function resolutionOf({ payload, ts }: RunEvent, state: string): NonNullable<ApprovalChange['resolution']> {
  return { id: storedText(payload.requestId) ?? '', state, resolvedAt: ts };
}

function decisionOf({ payload, ts }: RunEvent): NonNullable<ApprovalChange['decision']> {
  return {
    id: storedText(payload.decisionId) ?? '',
    requestId: storedText(payload.requestId) ?? '',
    action: storedText(payload.action) ?? '',
    claimedBy: storedText(payload.by),
    comment: storedText(payload.comment),
    via: storedText(payload.via),
    artifactSha256: storedText(payload.artifactSha256),
    decidedAt: ts,
  };
}
