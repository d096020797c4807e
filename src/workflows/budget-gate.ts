import type { Limits } from '../domain/budget.js';
import { limitsOf } from '../domain/budget.js';
import { BUDGET_GATE } from '../domain/names.js';
import type { PlannedGate } from '../domain/plan.js';
import { retryPrompt } from '../domain/prompt.js';
import { failure, type RunFailure } from './failure.js';
import { passGates } from './gates.js';
import type { Work } from './phases.js';
import type { RunParts } from './run-parts.js';

const GATE: PlannedGate = { name: BUDGET_GATE, approvers: null, required: 1, separateStarter: false, timeoutMs: null, onTimeout: 'wait', escalateTo: [], remindAtMs: [] };

/**
 * Waits at the gate `budget` until a person gives the run more, or not.
 *
 * @returns what the agent is told on the next try
 * @throws ApplicationFailure `budget_exceeded` when the gate is rejected
 */
export async function passBudgetGate(parts: RunParts, work: Work, why: RunFailure): Promise<string> {
  const { model, log, decisions } = parts;
  const { phase, status } = work;
  const end = await passGates(parts, status, [GATE], null);
  if (end !== null) throw failure('budget_exceeded', `${why.message}; the gate ${BUDGET_GATE} was rejected`, phase.key);
  const { by = null, comment = null, ...given } = decisions.approval ?? {};
  raise(parts, work, limitsOf(given));
  model.move(status, 'running');
  log.emit('phase_started', { role: phase.role, persona: status.persona, index: phase.index, again: true, by, budgetMicroUsd: model.status.budget.microUsd, budgetTokens: model.status.budget.tokens }, phase.key);
  return retryPrompt(comment, phase.artifact.path);
}

/** The new limits are the run's, and the phase may use all of them; where the run has none they are the phase's. */
function raise({ model, plan }: RunParts, { phase }: Work, given: Limits): void {
  const { budget } = model.status;
  const isRuns = budget.microUsd !== null || budget.tokens !== null;
  const before = isRuns ? budget : phase.budget;
  const planned = isRuns ? (plan?.budget ?? budget) : before;
  const after = {
    microUsd: given.microUsd ?? sameAgain(before.microUsd, planned.microUsd, given),
    tokens: given.tokens ?? sameAgain(before.tokens, planned.tokens, given),
  };
  if (isRuns) model.status.budget = after;
  phase.budget = isRuns ? { microUsd: null, tokens: null } : after;
}

/** An approval that names no limit allows as much again as was planned; one that names the other limit leaves this one. */
function sameAgain(before: number | null, planned: number | null, given: Limits): number | null {
  if (before === null || given.microUsd !== null || given.tokens !== null) return before;
  return before + (planned ?? before);
}
