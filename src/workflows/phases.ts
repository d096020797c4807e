import { uuid4 } from '@temporalio/workflow';
import { isPhaseOutcome } from '../domain/activity-results.js';
import type { PhaseOutcome, PhaseTask } from '../domain/phase-contract.js';
import type { Binding, Plan, PlannedPhase } from '../domain/plan.js';
import type { PhaseStatus } from '../domain/run-status.js';
import { referencedSchemas } from '../domain/schema-refs.js';
import { sumUsage } from '../domain/usage.js';
import { executePhaseOf } from './activities.js';
import { failure, runFailure } from './failure.js';
import { passGates, type RunParts } from './gates.js';

/** Runs the phases in order (S08), each with its gates. */
export async function runPhases(parts: RunParts, plan: Plan): Promise<void> {
  for (const phase of plan.phases) {
    const status = parts.model.phase(phase.index);
    const binding = plan.bindings.find(({ role }) => role === phase.role);
    if (!binding) throw failure('internal_error', `the plan has no binding for the role ${phase.role}`, phase.key);
    parts.model.move(status, 'running');
    parts.log.emit('phase_started', { role: phase.role, persona: binding.persona.name, index: phase.index }, phase.key);
    await runPhase(parts, plan, phase, binding, status);
    parts.model.move(status, 'completed');
    parts.log.emit('phase_completed', { attempts: status.attempts }, phase.key);
  }
}

async function runPhase(parts: RunParts, plan: Plan, phase: PlannedPhase, binding: Binding, status: PhaseStatus): Promise<void> {
  if (!phase.artifact) return;
  parts.model.publish();
  try {
    const outcome = await execute(parts, plan, { ...phase, artifact: phase.artifact }, binding);
    take(parts, status, outcome);
    await passGates(parts, status, phase.gates, outcome.artifact);
  } catch (error) {
    failPhase(parts, status, error);
    throw error;
  }
}

async function execute(parts: RunParts, plan: Plan, phase: PhaseTask['phase'], binding: Binding): Promise<PhaseOutcome> {
  const { model, log } = parts;
  await log.settle();
  const { persona } = binding;
  const executePhase = executePhaseOf(phase, `${phase.key}: ${persona.name} (${persona.model}) → ${phase.artifact.path}`);
  const outcome: unknown = await executePhase({
    run: model.status.run,
    occurrence: uuid4(),
    phase,
    binding,
    schemas: referencedSchemas(phase.artifact.schemaId, plan.schemas),
    price: plan.prices[`${persona.backend}/${persona.model}`] ?? null,
    repository: plan.repository,
    requirements: plan.requirements,
    earlier: model.status.phases.flatMap(({ artifact }) => artifact ?? []),
    budget: { limitMicroUsd: plan.budgetMicroUsd, spentMicroUsd: model.status.usage.costMicroUsd },
    events: log.take(),
  });
  // a person can complete an activity by hand, with anything
  if (!isPhaseOutcome(outcome)) throw failure('internal_error', `executePhase gave back something that is no outcome of a phase`, phase.key);
  return outcome;
}

function take({ model }: RunParts, status: PhaseStatus, { artifact, attempts, usage, commit }: PhaseOutcome): void {
  status.artifact = artifact;
  status.attempts = attempts;
  model.status.usage = sumUsage([model.status.usage, usage]);
  if (commit) model.status.commits.push(commit);
}

function failPhase({ model, log }: RunParts, status: PhaseStatus, error: unknown): void {
  const why = runFailure(error);
  model.move(status, 'failed');
  model.status.openGates = [];
  if (why === 'cancelled') return log.emit('phase_failed', { code: 'cancelled', message: 'the run was cancelled or aborted' }, status.key);
  status.attempts = Math.max(status.attempts, why.details.attempts);
  if (why.details.usage) model.status.usage = sumUsage([model.status.usage, why.details.usage]);
  const { code, message, details } = why;
  log.emit('phase_failed', { code, message, attempts: status.attempts, errors: details.errors }, status.key);
}

