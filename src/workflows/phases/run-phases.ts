import { uuid4 } from '@temporalio/workflow';
import { isPhaseOutcome } from '../../domain/activity-results.js';
import { firstOf, isChanges } from '../../domain/change/changes.js';
import type { PhaseOutcome, PhaseTask } from '../../domain/phase-contract.js';
import type { Plan, PlannedPhase } from '../../domain/plan.js';
import { changesPrompt } from '../../domain/prompt.js';
import { excessOf, type Reservation } from '../../domain/money/budget.js';
import { countedOf, repliesOf, type Usage } from '../../domain/money/usage.js';
import type { PhaseStatus } from '../../domain/run-status.js';
import { referencedSchemas } from '../../domain/template/schema-refs.js';
import { executePhaseOf } from '../activities.js';
import { failPhase } from './fail-phase.js';
import { runFault, rejectedBy, type RunFailure } from '../run-failure.js';
import { passBudgetGate } from './budget-gate.js';
import { passGates } from '../gates/pass-gates.js';
import { parkPhase } from './park-phase.js';
import type { RunParts } from '../run-parts.js';
import type { Work } from './work.js';

/**
 * Runs the phases in order (S08), each with its gates.
 *
 * @throws CancelledFailure as soon as the run is to stop; a TemporalFailure when a phase failed for good
 */
export async function runPhases(parts: RunParts, plan: Plan): Promise<void> {
  for (const phase of plan.phases) {
    await parts.control.holdWhilePaused();
    const status = parts.live.phase(phase.index);
    const binding = plan.bindings.find(({ role }) => role === phase.role);
    if (!binding) throw runFault('internal_error', `the plan has no binding for the role ${phase.role}`, phase.key);
    parts.log.emit('phase_started', { role: phase.role, persona: binding.persona.name, index: phase.index }, phase.key);
    parts.live.move(status, 'running');
    if (phase.artifact) await runPhase(parts, plan, { phase: withArtifact(phase, phase.artifact), binding, status });
    if (status.state === 'skipped') continue;
    parts.live.move(status, 'completed');
    const { attempts, changes } = status;
    parts.log.emit('phase_completed', { attempts, ...(changes && { changed: { ...changes.total } }) }, phase.key);
  }
}

function withArtifact(phase: PlannedPhase, artifact: PhaseTask['phase']['artifact']): PhaseTask['phase'] {
  return { ...phase, artifact };
}

/**
 * Runs a phase until its artifact is approved. It runs again when people ask for changes, and when they help after a
 * failure.
 */
async function runPhase(parts: RunParts, plan: Plan, work: Work): Promise<void> {
  for (let feedback: string | null = null; ;) {
    try {
      feedback = await runOnce(parts, plan, work, feedback);
    } catch (error) {
      const why = failPhase(parts, work.status, error);
      if (why === 'cancelled') throw error;
      feedback = await getHelp(parts, plan, work, why, error);
    }
    if (feedback === null) return;
  }
}

/**
 * Waits for a person, where the plan says so. Gives the text that the agent gets on the next try; null when the phase
 * is skipped.
 */
async function getHelp(
  parts: RunParts,
  plan: Plan,
  work: Work,
  why: RunFailure,
  error: unknown,
): Promise<string | null> {
  if (why.code === 'budget_exceeded' && plan.onBudget === 'wait') return passBudgetGate(parts, work, why);
  if (plan.onHumanRequired === 'fail' || !mayPark(why)) throw error;
  return parkPhase(parts, work, why);
}

/** A decision of a person is final. A failure that a person can mend may wait. */
function mayPark({ code, details }: RunFailure): boolean {
  return details.kind === 'human_required' && code !== 'approval_rejected' && code !== 'approval_expired';
}

/** Runs the agent and the gates once. Gives what is to change, or null when the artifact is approved. */
async function runOnce(parts: RunParts, plan: Plan, work: Work, feedback: string | null): Promise<string | null> {
  const { phase, status } = work;
  await parts.control.holdWhilePaused();
  parts.live.publish();
  const outcome = await execute(parts, plan, work, feedback);
  take(parts, status, outcome);
  const end = await passGates(parts, status, phase.gates, outcome.artifact);
  if (end === null || end.kind === 'approved') return null;
  const gate = `gate ${end.gate.gate} of phase ${phase.key}`;
  if (end.kind === 'expired') throw runFault('approval_expired', `nobody decided ${gate} in time`, phase.key);
  if (end.kind === 'rejected') throw runFault('approval_rejected', `${gate} ${rejectedBy(end.decision)}`, phase.key);
  const { by = null, comment = '' } = end.decision;
  status.revisions++;
  parts.live.move(status, 'running');
  const { state } = parts.live.status;
  parts.log.emit('revision_started', { revision: status.revisions, by, comment, state }, phase.key);
  return changesPrompt(comment, phase.artifact.path);
}

async function execute(
  { live, log }: RunParts,
  plan: Plan,
  { phase, binding, status }: Work,
  feedback: string | null,
): Promise<PhaseOutcome> {
  await log.settle();
  const { persona } = binding;
  const again = status.revisions > 0 ? `, revision ${status.revisions}` : '';
  const events = log.oldest();
  const summary = `${phase.key}: ${persona.name} (${persona.model}) → ${phase.artifact.path}${again}`;
  const executePhase = executePhaseOf(phase, plan.repository.checkoutMs, summary);
  const outcome: unknown = await executePhase({
    run: live.status.run,
    occurrence: uuid4(),
    scheduling: live.nextScheduling(),
    attemptOffset: status.attempts,
    feedback,
    phase,
    binding,
    schemas: referencedSchemas(phase.artifact.schemaId, plan.schemas),
    price: plan.prices[`${persona.backend}/${persona.model}`] ?? null,
    repository: plan.repository,
    requirements: plan.requirements,
    earlier: live.artifactsBefore(phase.index),
    commands: plan.commands,
    round: 1,
    head: live.status.commits.at(-1)?.sha ?? plan.repository.baseCommit,
    // the agent counts the cost of the conversation, earlier executions of the phase included
    budget: { limits: live.status.budget, ...spentElsewhere(live.status.usage, status.usage) },
    events,
  });
  // a person can complete an activity by hand, with anything
  if (!isPhaseOutcome(outcome))
    throw runFault('internal_error', 'executePhase gave back something that is not the outcome of a phase', phase.key);
  log.written(events);
  return outcome;
}

function spentElsewhere(run: Usage, phase: Usage): { spent: Reservation; own: Reservation } {
  return {
    spent: excessOf(countedOf(run), repliesOf(phase)),
    own: { microUsd: phase.brokenMicroUsd, tokens: phase.brokenTokens },
  };
}

/** The status has only the first files: it is read often, and history and the mirror have the rest. */
const FILES_IN_STATUS = 20;

function take({ live }: RunParts, status: PhaseStatus, outcome: PhaseOutcome): void {
  const { artifact, attempts, usage, commit, changes } = outcome;
  live.replaceArtifact(status.key, artifact);
  status.attempts = attempts;
  status.changes = isChanges(changes) ? firstOf(changes, FILES_IN_STATUS) : null;
  live.addUsage(status, usage);
  if (commit) live.status.commits.push(commit);
}
