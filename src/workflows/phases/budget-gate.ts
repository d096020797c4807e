import { BUDGET_GATE } from '../../domain/names.js';
import { retryPrompt } from '../../domain/prompt/phase-prompt.js';
import { planGate } from '../../domain/template/plan-phases.js';
import { allowMore } from './allow-more.js';
import { failPhase } from './fail-phase.js';
import { runFault, rejectedBy, type RunFailure } from '../run-failure.js';
import { passGates } from '../gates/pass-gates.js';
import type { RunParts } from '../run-parts.js';
import type { Work } from './work.js';

const GATE = planGate(BUDGET_GATE);

/**
 * Waits at the gate `budget` until a person gives the run more, or refuses.
 *
 * @returns what the agent is told on the next try
 * @throws ApplicationFailure `budget_exceeded` when the gate is rejected; the phase has then failed
 */
export async function passBudgetGate(parts: RunParts, work: Work, why: RunFailure): Promise<string> {
  const { live, log, control } = parts;
  const { phase, status } = work;
  try {
    const end = await passGates(parts, status, [GATE], null);
    if (end?.kind !== 'approved') {
      const words = end?.kind === 'rejected' ? rejectedBy(end.decision) : 'was not approved';
      throw runFault('budget_exceeded', `${why.message}; the gate ${BUDGET_GATE} ${words}`, phase.key);
    }
    allowMore(parts, work, end.decision, 'as much again');
    await control.holdWhilePaused();
    live.move(status, 'running');
    const again = { role: phase.role, persona: status.persona, index: phase.index, round: status.round, again: true };
    log.emit('phase_started', again, phase.key);
    return retryPrompt(why, end.decision.comment ?? null, phase.artifact.path);
  } catch (error) {
    failPhase(parts, status, error);
    throw error;
  }
}
