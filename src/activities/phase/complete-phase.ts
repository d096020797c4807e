import type { AgentResult } from '../../agent/agent-request.js';
import type { CommitRef } from '../../domain/artifact.js';
import { checksPayload, commitPayload } from '../../domain/record/events.js';
import { NO_CHANGES, type Changes } from '../../domain/change/changes.js';
import type { PhaseOutcome } from '../../domain/phase-contract.js';
import { modelName } from '../../domain/template/persona.js';
import { readChanges } from '../../workspace/changes/read-changes.js';
import { commitPhase } from '../../workspace/worktree/commit.js';
import { openWorktree } from '../../workspace/worktree/worktree.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import type { CommandPlace } from '../checks/command-place.js';
import { failChecks } from '../checks/fail-checks.js';
import { proveWork, type Proof } from '../checks/prove-work.js';
import { artifactView } from './artifact-view.js';
import { failAttempt } from './failed-attempt.js';
import { judgeArtifactOf, type JudgedArtifact } from './judge-artifact.js';
import { leftOutOfCommit } from './left-out.js';
import { problemOf } from './outcome-problem.js';
import { recordAttempt, type EventDraft } from './phase-records.js';
import type { PhaseRun } from './phase-run.js';
import { setStraysAside } from './strays.js';

const MOST_LISTED = 50;

/**
 * Does what follows the agent's work: validation, the checks, the commit, the records.
 *
 * @param fence - fires when a newer attempt works in the folder: then nothing is committed
 * @returns the outcome of the phase when its artifact is valid
 * @throws ApplicationFailure when the artifact is not valid, or a check is red: see `failAttempt`, `failChecks`
 */
export async function completePhase(
  run: PhaseRun,
  fence: AttemptFence,
  { outcome, calls, written }: AgentResult,
  commands: CommandPlace | null,
): Promise<PhaseOutcome> {
  const { task, progress, attempt } = run;
  progress.repliesCounted(calls.filter((call) => call.attempt > task.attemptOffset));
  const notLeft = problemOf(outcome, progress.failedCalls);
  if (notLeft) throw await failAttempt(run, notLeft, null);
  const judged = await judgeArtifactOf(run);
  if (judged.problem || !judged.file) {
    const problem = judged.problem ?? {
      reason: 'not_a_file' as const,
      message: `${task.phase.artifact.path} can't be read`,
      errors: [],
    };
    throw await failAttempt(run, problem, judged);
  }
  const proof = await proveWork(run, fence, commands, judged.file.raw ?? Buffer.alloc(0));
  if (proof.red) throw await failChecks(run, proof.red, proof, judged);
  const commit = run.mayChangeRepository ? await commitChanges(run, fence, judged.summary, proof.tree) : null;
  const changes = commit ? await changesSinceBegin(run, commit, fence.signal) : NO_CHANGES;
  fence.check();
  await setStraysAside(run, written);
  const left = await leftOutOfCommit(run, written, fence.signal);
  await recordAttempt(run, judged, [
    ...successEvents(attempt, judged, commit, changes),
    ...proofEvents(attempt, proof),
    ...left,
  ]);
  const { path, schemaId } = task.phase.artifact;
  const { sha256, bytes } = judged.file;
  return {
    artifact: { phaseKey: task.phase.key, path, schemaId, sha256, bytes },
    attempts: attempt,
    usage: progress.usage,
    commit,
    changes,
    checks: proof.checks,
    protectedChanged: proof.protectedPaths.slice(0, MOST_LISTED),
    matched: judged.matched,
    fallback: progress.model === 0 ? null : modelName(run.model),
    view: task.phase.gates.length > 0 ? artifactView(task.schemas, schemaId, judged.content) : null,
  };
}

function commitChanges(
  { task, folder }: PhaseRun,
  fence: AttemptFence,
  summary: string | null,
  tree: string | null,
): Promise<CommitRef | null> {
  fence.check();
  const { phase, occurrence } = task;
  const { runId, workflowId } = task.run;
  const place = { repoDir: folder.repo, phaseKey: phase.key, signal: fence.signal };
  return commitPhase({ ...place, runId, workflowId, occurrence, summary, ...(tree !== null && { tree }) });
}

async function changesSinceBegin(
  { task, folder }: PhaseRun,
  { sha }: CommitRef,
  signal: AbortSignal,
): Promise<Changes> {
  const { gitDir } = await openWorktree(folder);
  return readChanges({ gitDir }, task.head, sha, signal);
}

function successEvents(
  attempt: number,
  { file, normalised }: JudgedArtifact,
  commit: CommitRef | null,
  changes: Changes,
): EventDraft[] {
  const events: EventDraft[] = [];
  if (normalised.length > 0) events.push({ type: 'artifact_normalised', attempt, payload: { what: normalised } });
  if (file) events.push({ type: 'artifact_validated', attempt, payload: { sha256: file.sha256, bytes: file.bytes } });
  if (commit) events.push({ type: 'changes_committed', attempt, payload: commitPayload(commit, changes) });
  return events;
}

function proofEvents(attempt: number, { tree, checks, protectedPaths }: Proof): EventDraft[] {
  const files = protectedPaths.slice(0, MOST_LISTED);
  const more = protectedPaths.length - files.length;
  return [
    ...(checks.length > 0 ? [{ type: 'checks_passed' as const, attempt, payload: checksPayload(tree, checks) }] : []),
    ...(files.length > 0 ? [{ type: 'protected_changed' as const, attempt, payload: { files, more } }] : []),
  ];
}
