import type { RunEvent } from '../domain/events.js';
import { toStored } from './postgres-text.js';
import type { Db } from './runs.js';

const STATE_AFTER: Partial<Record<string, string>> = { approve: 'approved', reject: 'rejected', abort: 'aborted', requestChanges: 'changes_requested' };

/** Brings the approvals up to date (S16): a request for each gate that opened, a decision for each that was decided. */
export async function projectApprovals(db: Db, runId: string, events: readonly RunEvent[]): Promise<void> {
  const requested = events.filter(({ type }) => type === 'approval_requested');
  if (requested.length > 0) {
    const data = requested.map(({ phaseKey, payload, ts }) => ({
      runId,
      id: textOf(payload.requestId) ?? '',
      phaseKey: phaseKey ?? '',
      gate: textOf(payload.gate) ?? '',
      artifactSha256: textOf(payload.artifactSha256),
      requestedAt: ts,
    }));
    await db.approvalRequest.createMany({ data, skipDuplicates: true });
  }
  for (const event of events) if (event.type === 'approval_resolved') await resolve(db, runId, event);
  for (const event of events) if (event.type === 'gate_expired' && event.payload.onTimeout === 'reject') await expire(db, runId, event);
  const last = events.findLast(({ type }) => type === 'run_completed' || type === 'run_failed' || type === 'run_aborted' || type === 'phase_started' || type === 'revision_started' || type === 'run_reset');
  if (last) {
    const phase = last.phaseKey !== null && last.type !== 'run_reset' ? { phaseKey: last.phaseKey ?? '', requestedAt: { lt: last.ts } } : {};
    await db.approvalRequest.updateMany({ where: { runId, state: 'pending', ...phase }, data: { state: 'superseded', resolvedAt: last.ts } });
  }
}

async function expire(db: Db, runId: string, { payload, ts }: RunEvent): Promise<void> {
  await db.approvalRequest.updateMany({ where: { runId, id: textOf(payload.requestId) ?? '' }, data: { state: 'expired', resolvedAt: ts } });
}

async function resolve(db: Db, runId: string, { phaseKey, payload, ts }: RunEvent): Promise<void> {
  const requestId = textOf(payload.requestId) ?? '';
  const action = textOf(payload.action) ?? '';
  // the request may be missing in a damaged mirror: the decision is kept all the same
  const request = { runId, id: requestId, phaseKey: phaseKey ?? '', gate: textOf(payload.gate) ?? '', requestedAt: ts };
  await db.approvalRequest.createMany({ data: [request], skipDuplicates: true });
  // a gate that needs more than one approval stays open after the first
  if (payload.complete !== false) {
    await db.approvalRequest.update({ where: { runId_id: { runId, id: requestId } }, data: { state: STATE_AFTER[action] ?? action, resolvedAt: ts } });
  }
  const decision = {
    runId,
    id: textOf(payload.decisionId) ?? '',
    requestId,
    action,
    claimedBy: textOf(payload.by),
    comment: textOf(payload.comment),
    via: textOf(payload.via),
    artifactSha256: textOf(payload.artifactSha256),
    decidedAt: ts,
  };
  await db.approvalDecision.createMany({ data: [decision], skipDuplicates: true });
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? toStored(value) : null;
}
