import { limitsOf, raisedBudgets } from '../../domain/money/budget.js';
import type { RunParts } from '../run-parts.js';
import type { Work } from './work.js';

/** New limits of a person's, for the run and the phase that needs them. */
export function allowMore(
  { model, plan }: RunParts,
  { phase }: Work,
  given: Parameters<typeof limitsOf>[0],
  otherwise: 'as much again' | 'no more',
): void {
  const { budget } = model.status;
  const next = raisedBudgets({ run: budget, phase: phase.budget }, plan?.budget ?? budget, limitsOf(given), otherwise);
  model.status.budget = next.run;
  phase.budget = next.phase;
}
