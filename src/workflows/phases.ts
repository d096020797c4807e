import { uuid4 } from '@temporalio/workflow';
import { isPhaseOutcome } from '../domain/activity-results.js';
import type { PhaseOutcome, PhaseTask } from '../domain/phase-contract.js';
import type { Binding, Plan, PlannedPhase } from '../domain/plan.js';
import { changesPrompt, retryPrompt } from '../domain/prompt.js';
import type { Reservation } from '../domain/budget.js';
import { budgetMicroUsdOf, budgetTokensOf, type Usage } from '../domain/usage.js';
import type { PhaseStatus } from '../domain/run-status.js';
import { referencedSchemas } from '../domain/schema-refs.js';
import { executePhaseOf } from './activities.js';
import { failure, runFailure, type RunFailure } from './failure.js';
import { passBudgetGate } from './budget-gate.js';
import { passGates } from './gates.js';
import { noteScheduled } from './note-scheduled.js';
import { tell } from './notices.js';
import type { RunParts } from './run-parts.js';

/** A phase that leaves an artifact, and who does it. */
export interface Work {
  phase: PhaseTask['phase'];
  binding: Binding;
  status: PhaseStatus;
}

/** Runs the phases in order (S08), each with its gates. */
export async function runPhases(parts: RunParts, plan: Plan): Promise<void> {
  for (const phase of plan.phases) {
    await parts.control.holdWhilePaused();
    const status = parts.model.phase(phase.index);
    const binding = plan.bindings.find(({ role }) => role === phase.role);
    if (!binding) throw failure('internal_error', `the plan has no binding for the role ${phase.role}`, phase.key);
    parts.log.emit('phase_started', { role: phase.role, persona: binding.persona.name, index: phase.index }, phase.key);
    parts.model.move(status, 'running');
    if (phase.artifact) await runPhase(parts, plan, { phase: withArtifact(phase, phase.artifact), binding, status });
    if (status.state === 'skipped') continue;
    parts.model.move(status, 'completed');
    parts.log.emit('phase_completed', { attempts: status.attempts }, phase.key);
  }
}

function withArtifact(phase: PlannedPhase, artifact: PhaseTask['phase']['artifact']): PhaseTask['phase'] {
  return { ...phase, artifact };
}

/** A phase until its artifact is approved: again when people ask for changes, again when they help after a failure. */
async function runPhase(parts: RunParts, plan: Plan, work: Work): Promise<void> {
  for (let feedback: string | null = null; ; ) {
    try {
      feedback = await runOnce(parts, plan, work, feedback);
      if (feedback === null) return;
    } catch (error) {
      const why = failPhase(parts, work.status, error);
      if (why !== 'cancelled' && why.code === 'budget_exceeded' && plan.onBudget === 'wait') {
        feedback = await passBudgetGate(parts, work, why);
        continue;
      }
      if (why === 'cancelled' || plan.onHumanRequired === 'fail' || !mayPark(why)) throw error;
      feedback = await parkPhase(parts, work, why);
      if (feedback === null) return;
    }
  }
}

/** Agent and gates once. Gives what is to change, or null when the artifact is approved. */
async function runOnce(parts: RunParts, plan: Plan, work: Work, feedback: string | null): Promise<string | null> {
  const { phase, status } = work;
  await parts.control.holdWhilePaused();
  parts.model.publish();
  const outcome = await execute(parts, plan, work, feedback);
  take(parts, status, outcome);
  const end = await passGates(parts, status, phase.gates, outcome.artifact);
  if (end === null) return null;
  const { gate } = end;
  if (end.kind === 'expired') throw failure('approval_expired', `nobody decided gate ${gate.gate} of phase ${phase.key} in time`, phase.key);
  const { by, comment } = end.decision;
  if (end.kind === 'rejected') {
    throw failure('approval_rejected', `gate ${gate.gate} of phase ${phase.key} was rejected${by ? ` by ${by}` : ''}${comment ? `: ${comment}` : ''}`, phase.key);
  }
  status.revisions++;
  parts.model.move(status, 'running');
  parts.log.emit('revision_started', { revision: status.revisions, by: by ?? null, comment: comment ?? '' }, phase.key);
  return changesPrompt(comment ?? '', phase.artifact.path);
}

async function execute({ model, log }: RunParts, plan: Plan, { phase, binding, status }: Work, feedback: string | null): Promise<PhaseOutcome> {
  await log.settle();
  const { persona } = binding;
  const again = status.revisions > 0 ? `, revision ${status.revisions}` : '';
  const events = log.lend();
  const executePhase = executePhaseOf(phase, `${phase.key}: ${persona.name} (${persona.model}) → ${phase.artifact.path}${again}`);
  const occurrence = uuid4();
  noteScheduled(occurrence);
  const outcome: unknown = await executePhase({
    run: model.status.run,
    occurrence,
    scheduling: model.nextScheduling(),
    attemptOffset: status.attempts,
    feedback,
    phase,
    binding,
    schemas: referencedSchemas(phase.artifact.schemaId, plan.schemas),
    price: plan.prices[`${persona.backend}/${persona.model}`] ?? null,
    repository: plan.repository,
    requirements: plan.requirements,
    earlier: model.artifactsBefore(phase.index),
    head: model.status.commits.at(-1)?.sha ?? plan.repository.baseCommit,
    // the conversation's own cost is counted by the agent, earlier executions of the phase included
    budget: { limits: model.status.budget, spent: spentElsewhere(model.status.usage, status.usage) },
    events,
  }).finally(() => log.takeBack());
  // a person can complete an activity by hand, with anything
  if (!isPhaseOutcome(outcome)) throw failure('internal_error', `executePhase gave back something that is no outcome of a phase`, phase.key);
  log.drop(events);
  return outcome;
}

function spentElsewhere(run: Usage, phase: Usage): Reservation {
  return {
    microUsd: budgetMicroUsdOf(run) - phase.costMicroUsd,
    tokens: budgetTokensOf(run) - phase.inputTokens - phase.outputTokens,
  };
}

function take({ model }: RunParts, status: PhaseStatus, { artifact, attempts, usage, commit }: PhaseOutcome): void {
  model.replaceArtifact(status.key, artifact);
  status.attempts = attempts;
  model.addUsage(status, usage);
  if (commit) model.status.commits.push(commit);
}

function failPhase({ model, log }: RunParts, status: PhaseStatus, error: unknown): RunFailure | 'cancelled' {
  const why = runFailure(error);
  model.move(status, 'failed');
  model.status.openGates = [];
  if (why === 'cancelled') {
    log.emit('phase_failed', { code: 'cancelled', message: 'the run was cancelled or aborted' }, status.key);
    return why;
  }
  status.attempts = Math.max(status.attempts, why.details.attempts);
  if (why.details.usage) model.addUsage(status, why.details.usage);
  const { code, message, details } = why;
  log.emit('phase_failed', { code, message, attempts: status.attempts, errors: details.errors }, status.key);
  return why;
}

/** What a person decided is final; what a person can mend may wait. */
function mayPark({ code, details }: RunFailure): boolean {
  return details.kind === 'human_required' && code !== 'approval_rejected' && code !== 'approval_expired';
}

/** Waits for help. Gives what the agent is told on the next try; null when the phase is skipped. */
async function parkPhase(parts: RunParts, { phase, status }: Work, why: RunFailure): Promise<string | null> {
  tell(parts, { kind: 'parked', phase: phase.key, gate: null, message: `phase ${phase.key} failed (${why.code}) and waits for help: ${why.message}` });
  const { action, comment } = await parts.control.park(status, why);
  if (action === 'skip') {
    parts.model.move(status, 'skipped');
    parts.log.emit('phase_skipped', { reason: `skipped after ${why.code}` }, phase.key);
    return null;
  }
  parts.model.move(status, 'running');
  parts.log.emit('phase_started', { role: phase.role, persona: status.persona, index: phase.index, again: true }, phase.key);
  return retryPrompt(comment ?? null, phase.artifact.path);
}
