import { budgetPayload } from '../../domain/record/events.js';
import { limitsOf, raisedBudgets } from '../../domain/money/budget.js';
import type { RunParts } from '../run-parts.js';
import type { Work } from './work.js';

/** Applies and records the new limits that a person gave, for the run and for the phase that needs them. */
export function allowMore(
  { live, log }: RunParts,
  { phase }: Work,
  given: Parameters<typeof limitsOf>[0] & { by?: string },
  otherwise: 'as much again' | 'no more',
): void {
  const { budget } = live.status;
  const next = raisedBudgets(
    { run: budget, phase: phase.budget },
    live.plan?.budget ?? budget,
    limitsOf(given),
    otherwise,
  );
  if (next.run === budget && next.phase === phase.budget) return;
  live.status.budget = next.run;
  phase.budget = next.phase;
  const ofPhase = { phaseMicroUsd: next.phase.microUsd, phaseTokens: next.phase.tokens };
  log.emit('budget_raised', { by: given.by ?? null, ...budgetPayload(next.run), ...ofPhase }, phase.key);
}
