import { RUN_ENDINGS, type RunEvent } from '../../domain/record/events.js';
import { storedText } from '../postgres-text.js';

/** What a batch of events makes of the approvals, in the order in which it is to be written. */
export interface ApprovalChanges {
  /** Those that are there already stay as they are. */
  requests: { id: string; phaseKey: string; gate: string; artifactSha256: string | null; requestedAt: string }[];
  resolutions: { id: string; state: string; resolvedAt: string }[];
  decisions: {
    id: string;
    requestId: string;
    action: string;
    claimedBy: string | null;
    comment: string | null;
    via: string | null;
    artifactSha256: string | null;
    decidedAt: string;
  }[];
  /** What is still open then has no use any more: all, or what was asked in one phase before. */
  superseded: { at: string; phaseKey: string | null } | null;
}

const STATE_AFTER: Partial<Record<string, string>> = {
  approve: 'approved',
  reject: 'rejected',
  abort: 'aborted',
  requestChanges: 'changes_requested',
};
const SUPERSEDING = new Set<RunEvent['type']>([...RUN_ENDINGS, 'phase_started', 'revision_started', 'run_reset']);

/**
 * What a batch of events makes of the approvals (S16): a request for each gate that opened, a decision for each that
 * was decided.
 */
export function projectApprovals(events: readonly RunEvent[]): ApprovalChanges {
  const requested = events.filter(({ type }) => type === 'approval_requested');
  const resolved = events.filter(({ type }) => type === 'approval_resolved');
  const expired = events.filter(({ type, payload }) => type === 'gate_expired' && payload.onTimeout === 'reject');
  const last = events.findLast(({ type }) => SUPERSEDING.has(type));
  return {
    requests: [
      ...requested.map((event) => ({ ...requestOf(event), artifactSha256: storedText(event.payload.artifactSha256) })),
      // the request may be missing in a damaged mirror: the decision is kept all the same
      ...resolved.map((event) => ({ ...requestOf(event), artifactSha256: null })),
    ],
    resolutions: [...resolutionsOf(resolved, expired).values()],
    decisions: resolved.map(decisionOf),
    superseded: last ? { at: last.ts, phaseKey: last.type === 'run_reset' ? null : last.phaseKey } : null,
  };
}

function requestOf({ phaseKey, payload, ts }: RunEvent) {
  return {
    id: storedText(payload.requestId) ?? '',
    phaseKey: phaseKey ?? '',
    gate: storedText(payload.gate) ?? '',
    requestedAt: ts,
  };
}

/** One for each request, since they are written at once: the last. */
function resolutionsOf(
  resolved: readonly RunEvent[],
  expired: readonly RunEvent[],
): Map<string, ApprovalChanges['resolutions'][number]> {
  const resolutions = new Map<string, ApprovalChanges['resolutions'][number]>();
  const add = ({ payload, ts }: RunEvent, state: string) => {
    const id = storedText(payload.requestId) ?? '';
    resolutions.set(id, { id, state, resolvedAt: ts });
  };
  for (const event of resolved) {
    const action = storedText(event.payload.action) ?? '';
    // a gate that needs more than one approval stays open after the first
    if (event.payload.complete !== false) add(event, STATE_AFTER[action] ?? action);
  }
  for (const event of expired) add(event, 'expired');
  return resolutions;
}

function decisionOf({ payload, ts }: RunEvent): ApprovalChanges['decisions'][number] {
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
