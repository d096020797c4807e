import { condition, uuid4 } from '@temporalio/workflow';
import type { ArtifactRef } from '../domain/artifact.js';
import type { PlannedGate } from '../domain/plan.js';
import type { OpenGate, PhaseStatus } from '../domain/run-status.js';
import type { GateEnd } from './decisions.js';
import { watchGate } from './gate-clock.js';
import { tell } from './notices.js';
import type { RunParts } from './run-parts.js';

/**
 * Opens every gate of a phase and waits until each has its own approvals (S15), or one decision ends the waiting.
 *
 * @returns null when all are approved
 */
export async function passGates(parts: RunParts, phase: PhaseStatus, gates: readonly PlannedGate[], artifact: ArtifactRef | null): Promise<GateEnd | null> {
  if (gates.length === 0) return null;
  const { model, log, decisions } = parts;
  model.move(phase, 'awaiting_approval');
  decisions.gateEnd = null;
  for (const gate of gates) openGate(parts, phase, gate, artifact);
  model.publish();
  log.flushSoon();
  await condition(() => model.status.openGates.length === 0 || decisions.gateEnd !== null);
  // the others need no decision any more: one rejection, one wish for changes ends them all
  model.status.openGates = [];
  return decisions.gateEnd;
}

function openGate(parts: RunParts, phase: PhaseStatus, planned: PlannedGate, artifact: ArtifactRef | null): void {
  const now = Date.now();
  const open: OpenGate = {
    phase: phase.key,
    gate: planned.name,
    requestId: uuid4(),
    artifact,
    openedAt: new Date(now).toISOString(),
    expiresAt: planned.timeoutMs === null ? null : new Date(now + planned.timeoutMs).toISOString(),
    approvers: planned.approvers,
    required: planned.required,
    separateStarter: planned.separateStarter,
    approvedBy: [],
  };
  parts.model.openGate(open);
  const { requestId, gate, expiresAt, approvers, required } = open;
  parts.log.emit('approval_requested', { requestId, gate, artifactSha256: artifact?.sha256 ?? null, path: artifact?.path ?? null, expiresAt, approvers, required }, phase.key);
  tell(parts, { kind: 'gate_opened', phase: phase.key, gate, message: `gate ${gate} of phase ${phase.key} waits for a decision on ${artifact?.path ?? 'a spent budget'}` });
  if (planned.timeoutMs !== null) void watchGate(parts, open, planned);
}
