import { uuid4 } from '@temporalio/workflow';
import { isPhaseOutcome } from '../../domain/activity-results.js';
import { firstOf, isChanges } from '../../domain/change/changes.js';
import { readProof } from '../../domain/check/phase-proof.js';
import { readView } from '../../domain/gate-view/artifact-view.js';
import type { PhaseOutcome } from '../../domain/phase-contract.js';
import { cut } from '../../domain/failures.js';
import type { ArtifactRef, CommitRef } from '../../domain/artifact.js';
import type { Plan } from '../../domain/plan.js';
import { changesPrompt } from '../../domain/prompt/phase-prompt.js';
import { addReservations, excessOf, type Reservation } from '../../domain/money/budget.js';
import { countedOf, repliesOf, type Usage } from '../../domain/money/usage.js';
import { roundText } from '../../domain/rounds/round-copy.js';
import { readMatched } from '../../domain/rounds/when.js';
import type { PhaseStatus } from '../../domain/run-status.js';
import { modelName, modelsOf } from '../../domain/template/persona.js';
import { referencedSchemas } from '../../domain/template/schema-refs.js';
import { executePhaseOf } from '../activities.js';
import { failPhase } from './fail-phase.js';
import { runFault, rejectedBy, type RunFailure } from '../run-failure.js';
import { passBudgetGate } from './budget-gate.js';
import { passGates } from '../gates/pass-gates.js';
import { parkPhase } from './park-phase.js';
import type { RunParts } from '../run-parts.js';
import { sendBack } from './send-back.js';
import { verdictOf } from './verdict.js';
import type { Work } from './work.js';

/**
 * Runs the phases in order (S08), each with its gates. Work that is sent back runs again from an earlier phase.
 *
 * @throws CancelledFailure as soon as the run is to stop; a TemporalFailure when a phase failed for good
 */
export async function runPhases(parts: RunParts, plan: Plan): Promise<void> {
  const works = new Map<number, Work>();
  for (let index = 0; index < plan.phases.length;) {
    await parts.control.holdWhilePaused();
    const phase = plan.phases[index]!;
    const status = parts.live.phase(index);
    const binding = plan.bindings.find(({ role }) => role === phase.role);
    if (!binding) throw runFault('internal_error', `the plan has no binding for the role ${phase.role}`, phase.key);
    const { key, role } = phase;
    parts.log.emit('phase_started', { role, persona: binding.persona.name, index, round: status.round }, key);
    parts.live.move(status, 'running');
    let next: number | null = null;
    if (phase.artifact) {
      // a budget that a person raised stays raised in the next round
      const work = works.get(index) ?? { phase: { ...phase, artifact: phase.artifact }, binding, status };
      works.set(index, { ...work, usageBefore: status.usage });
      next = await runPhase(parts, plan, works.get(index)!);
    }
    index = next ?? index + 1;
    if (next !== null || status.state === 'skipped') continue;
    parts.live.move(status, 'completed');
    const { attempts, round, changes } = status;
    parts.log.emit('phase_completed', { attempts, round, ...(changes && { changed: { ...changes.total } }) }, key);
  }
}

/** What follows an execution of a phase and its gates. */
type Next =
  | { kind: 'done' }
  /** The agent goes on, and is told this. */
  | { kind: 'again'; feedback: string }
  /** The phase with this index runs next. */
  | { kind: 'back'; to: number };

const DONE: Next = { kind: 'done' };

/**
 * Runs a phase until its artifact is approved. It runs again when people ask for changes, and when they help after a
 * failure.
 *
 * @returns the index of the phase that runs next when the work was sent back; else null
 */
async function runPhase(parts: RunParts, plan: Plan, work: Work): Promise<number | null> {
  for (let feedback: string | null = null; ;) {
    try {
      const next = await runOnce(parts, plan, work, feedback);
      if (next.kind === 'done') return null;
      if (next.kind === 'back') return next.to;
      feedback = next.feedback;
    } catch (error) {
      const why = failPhase(parts, work.status, error);
      if (why === 'cancelled') throw error;
      feedback = await getHelp(parts, plan, work, why, error);
      if (feedback === null) return null;
    }
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

/** Runs the agent and the gates once. */
async function runOnce(parts: RunParts, plan: Plan, work: Work, feedback: string | null): Promise<Next> {
  const { phase, status } = work;
  await parts.control.holdWhilePaused();
  parts.live.publish();
  const outcome = await execute(parts, plan, work, feedback);
  take(parts, plan, status, outcome);
  status.proof = readProof(outcome, work.binding.persona.repoAccess === 'write');
  // a red verdict goes back at once: it needs no person
  const verdict = verdictOf(work, parts.live.rounds.matchedOf(phase.key));
  if (verdict.back) return goBack(parts, status, verdict.back);
  const end = await passGates(parts, status, phase.gates, outcome.artifact, verdict.note, readView(outcome.view));
  if (end === null) return DONE;
  if (end.kind === 'approved') return afterApproval(parts, work, outcome.artifact);
  const gate = `gate ${end.gate.gate} of phase ${phase.key}`;
  if (end.kind === 'expired') throw runFault('approval_expired', `nobody decided ${gate} in time`, phase.key);
  if (end.kind === 'rejected') throw runFault('approval_rejected', `${gate} ${rejectedBy(end.decision)}`, phase.key);
  const { by = null, comment = '', to = phase.key } = end.decision;
  status.revisions++;
  if (to !== phase.key) {
    const order = { from: phase.key, to, why: `a person asked for it at gate ${end.gate.gate}`, by, comment };
    return { kind: 'back', to: sendBack(parts, order) };
  }
  parts.live.move(status, 'running');
  const { state } = parts.live.status;
  const { revisions: revision, round } = status;
  parts.log.emit('revision_started', { revision, round, by, comment, state }, phase.key);
  return { kind: 'again', feedback: changesPrompt(comment, phase.artifact.path) };
}

/** A person who edited the artifact before approving it may have changed its verdict: then that one counts. */
function afterApproval(parts: RunParts, work: Work, left: ArtifactRef): Next {
  const { status } = work;
  if (status.artifact?.sha256 === left.sha256) return DONE;
  const { back } = verdictOf(work, parts.live.rounds.matchedOf(status.key));
  return back ? goBack(parts, status, back) : DONE;
}

function goBack(parts: RunParts, status: PhaseStatus, { to, why }: { to: string; why: string }): Next {
  const at = sendBack(parts, { from: status.key, to, why, by: null, comment: null });
  status.sentBack++;
  return { kind: 'back', to: at };
}

async function execute(
  { live, log }: RunParts,
  plan: Plan,
  { phase, binding, status, usageBefore }: Work,
  feedback: string | null,
): Promise<PhaseOutcome> {
  await log.settle();
  const { persona } = binding;
  const again = status.revisions > 0 ? `, revision ${status.revisions}` : '';
  const events = log.oldest();
  const name = `${phase.key}${roundText(status.round)}`;
  const summary = `${name}: ${persona.name} (${persona.model}) → ${phase.artifact.path}${again}`;
  const executePhase = executePhaseOf(phase, plan, summary);
  const outcome: unknown = await executePhase({
    run: live.status.run,
    template: plan.template.name,
    occurrence: uuid4(),
    scheduling: live.nextScheduling(),
    attemptOffset: status.attempts,
    feedback,
    phase,
    binding,
    schemas: referencedSchemas(phase.artifact.schemaId, plan.schemas),
    prices: modelsOf(persona).map((model) => plan.prices[modelName(model)] ?? null),
    repository: plan.repository,
    requirements: plan.requirements,
    earlier: live
      .artifactsBefore(phase.index)
      .map((artifact) => ({ ...artifact, ...live.rounds.endOf(artifact.phaseKey) })),
    commands: plan.commands,
    commits: live.status.commits.map(({ phaseKey, sha }) => ({ phaseKey, sha })),
    round: status.round,
    sentBack: live.rounds.sentBackOf(phase.key),
    copies: live.rounds.copies,
    comments: live.rounds.comments,
    skipped: live.lastSkip,
    head: tipOf(live.status.commits, plan),
    // the agent counts the cost of the conversation, earlier executions of the phase in this round included
    budget: { limits: live.status.budget, ...spentElsewhere(live.status.usage, status.usage, usageBefore) },
    events,
  });
  // a person can complete an activity by hand, with anything
  if (!isPhaseOutcome(outcome))
    throw runFault('internal_error', 'executePhase gave back something that is not the outcome of a phase', phase.key);
  log.written(events);
  return outcome;
}

/** @param before - what the phase used in its earlier rounds, in other conversations */
function spentElsewhere(run: Usage, phase: Usage, before: Usage): { spent: Reservation; own: Reservation } {
  const here = excessOf(repliesOf(phase), repliesOf(before));
  return {
    spent: excessOf(countedOf(run), here),
    own: addReservations({ microUsd: phase.brokenMicroUsd, tokens: phase.brokenTokens }, repliesOf(before)),
  };
}

/** The status has only the first files: it is read often, and history and the mirror have the rest. */
const FILES_IN_STATUS = 20;

function tipOf(commits: readonly CommitRef[], plan: Plan): string {
  return commits.at(-1)?.sha ?? plan.repository.baseCommit;
}

function take({ live }: RunParts, plan: Plan, status: PhaseStatus, outcome: PhaseOutcome): void {
  const { artifact, attempts, usage, commit, matched, changes, fallback } = outcome;
  live.replaceArtifact(status.key, artifact, readMatched(matched));
  status.attempts = attempts;
  status.fallback = typeof fallback === 'string' ? cut(fallback, 300) : null;
  status.changes = isChanges(changes) ? firstOf(changes, FILES_IN_STATUS) : null;
  live.addUsage(status, usage);
  if (commit) live.status.commits.push(commit);
  live.rounds.noteEnd(status.key, tipOf(live.status.commits, plan));
}
