import { condition, uuid4 } from '@temporalio/workflow';
import type { ArtifactRef } from '../domain/artifact.js';
import type { PhaseStatus } from '../domain/run-status.js';
import type { Decisions } from './decisions.js';
import type { EventLog } from './event-log.js';
import { failure } from './failure.js';
import type { RunModel } from './run-model.js';

/** The parts of a run that act together. */
export interface RunParts {
  model: RunModel;
  log: EventLog;
  decisions: Decisions;
}

/**
 * Opens every gate of a phase and waits until each has its own approval (S15). One rejection ends it.
 *
 * @throws ApplicationFailure `approval_rejected`
 */
export async function passGates(
  { model, log, decisions }: RunParts,
  phase: PhaseStatus,
  gates: readonly string[],
  artifact: ArtifactRef,
): Promise<void> {
  if (gates.length === 0) return;
  model.move(phase, 'awaiting_approval');
  for (const gate of gates) {
    const requestId = uuid4();
    model.status.openGates.push({ phase: phase.key, gate, requestId, artifact, openedAt: new Date().toISOString() });
    log.emit('approval_requested', { requestId, gate, artifactSha256: artifact.sha256, path: artifact.path }, phase.key);
  }
  model.publish();
  log.flushSoon();
  await condition(() => model.status.openGates.length === 0 || decisions.verdicts.rejection !== null);
  const { rejection } = decisions.verdicts;
  if (!rejection) return;
  const { by, comment } = rejection.decision;
  throw failure(
    'approval_rejected',
    `gate ${rejection.gate.gate} of phase ${phase.key} was rejected${by ? ` by ${by}` : ''}${comment ? `: ${comment}` : ''}`,
    phase.key,
  );
}
