import { uuid4 } from '@temporalio/workflow';
import { retryPrompt } from '../../domain/prompt/phase-prompt.js';
import { allowMore } from './allow-more.js';
import type { RunFailure } from '../run-failure.js';
import type { RunParts } from '../run-parts.js';
import type { Work } from './work.js';

/** Waits for help. Gives the text that the agent gets on the next try; null when the phase is skipped. */
export async function parkPhase(parts: RunParts, work: Work, why: RunFailure): Promise<string | null> {
  const { live, log, control, notices } = parts;
  const { phase, status } = work;
  const message = `phase ${phase.key} failed (${why.code}) and waits for help: ${why.message}`;
  notices.tell({ kind: 'parked', phase: phase.key, gate: null, message });
  const answer = await control.park(status, why);
  if (answer.action === 'skip') {
    live.move(status, 'skipped');
    live.lastSkip = { phaseKey: phase.key, id: uuid4() };
    log.emit('phase_skipped', { reason: `skipped after ${why.code}` }, phase.key);
    return null;
  }
  allowMore(parts, work, answer, 'no more');
  await control.holdWhilePaused();
  live.move(status, 'running');
  log.emit(
    'phase_started',
    { role: phase.role, persona: status.persona, index: phase.index, round: status.round, again: true },
    phase.key,
  );
  return retryPrompt(why, answer.comment ?? null, phase.artifact.path);
}
