import { uuid4 } from '@temporalio/workflow';
import type { ArtifactRef } from '../../domain/artifact.js';
import type { ArtifactView } from '../../domain/gate-view/artifact-view.js';
import { mayRevise } from '../../domain/gate-view/gate-commands.js';
import type { PlannedGate } from '../../domain/plan.js';
import { roundText } from '../../domain/rounds/round-copy.js';
import type { OpenGate, PhaseStatus } from '../../domain/run-status.js';
import { followReviews } from '../deliver/follow-reviews.js';
import { watchGate } from './gate-clock.js';
import { GateRound, type RoundEnd } from './gate-round.js';
import type { RunParts } from '../run-parts.js';

/**
 * Opens every gate of a phase. Waits until each gate has its own approvals (S15), or until one decision ends the
 * waiting.
 *
 * @param note - what people must know before they decide, beside the artifact
 * @param view - what they see of the artifact
 * @returns what ended the waiting; null for a phase without gates
 * @throws CancelledFailure when the run is to stop, before a gate is opened or while it waits
 */
export async function passGates(
  parts: RunParts,
  phase: PhaseStatus,
  gates: readonly PlannedGate[],
  artifact: ArtifactRef | null,
  note: string | null = null,
  view: ArtifactView | null = null,
): Promise<RoundEnd | null> {
  if (gates.length === 0) return null;
  const { live, log, decisions, stop } = parts;
  stop.check();
  live.move(phase, 'awaiting_approval');
  const round = new GateRound();
  decisions.mayEnd(round);
  for (const gate of gates) openGate(parts, round, phase, gate, artifact, note, view);
  live.publish();
  log.flushSoon();
  await stop.until(() => round.ended !== null);
  return round.ended;
}

function openGate(
  parts: RunParts,
  round: GateRound,
  phase: PhaseStatus,
  planned: PlannedGate,
  artifact: ArtifactRef | null,
  note: string | null,
  view: ArtifactView | null,
): void {
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
    note,
    view,
    onTimeout: planned.onTimeout,
    escalateTo: planned.escalateTo,
    ...(planned.decideBy && { review: 'not yet open' as const }),
  };
  parts.live.openGate(open);
  const { requestId, gate, expiresAt, approvers, required, separateStarter, onTimeout, escalateTo } = open;
  const rules = {
    approvers,
    required,
    separateStarter,
    onTimeout,
    escalateTo,
    decideBy: planned.decideBy ?? 'messages',
  };
  const asked = { artifactSha256: artifact?.sha256 ?? null, path: artifact?.path ?? null };
  const { round: number } = phase;
  parts.log.emit(
    'approval_requested',
    { requestId, gate, round: number, ...asked, expiresAt, ...rules, mayRevise: mayRevise(open, phase), note },
    phase.key,
  );
  const about = `${artifact?.path ?? 'a spent budget'}${note === null ? '' : ` (${note})`}`;
  const message = `gate ${gate} of phase ${phase.key}${roundText(number)} waits for a decision on ${about}`;
  parts.notices.tell({ kind: 'gate_opened', phase: phase.key, gate, message });
  void watchGate(parts, round, open, planned);
  if (open.review && artifact) void followReviews(parts, open, artifact, number);
}
