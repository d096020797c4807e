import type { AgentResult } from '../../agent/agent-request.js';
import type { CommitRef } from '../../domain/artifact.js';
import type { PhaseOutcome, PhaseProgress, PhaseTask } from '../../domain/phase-contract.js';
import { readArtifactFile } from '../../workspace/artifact-file.js';
import { commitPhase } from '../../workspace/worktree/commit.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import type { RunFolder } from '../../workspace/run-folder.js';
import type { ActivityDeps } from '../deps.js';
import { failAttempt } from './failed-attempt.js';
import { judgeArtifact, type JudgedArtifact } from './judge-artifact.js';
import { leftOutOfCommit } from './left-out.js';
import { recordAttempt, type EventDraft } from './phase-records.js';
import { failedCalls, recountUsage } from './spending.js';
import { mayChangeRepository, problemOf } from './run-attempt.js';

/**
 * What follows the agent's work: validation, the commit, the records.
 *
 * @param fence - fires when a newer attempt works in the folder: then nothing is committed
 * @returns the outcome of the phase when its artifact is valid
 * @throws ApplicationFailure when it is not: see `failAttempt`
 */
export async function completePhase(
  deps: ActivityDeps,
  task: PhaseTask,
  progress: PhaseProgress,
  folder: RunFolder,
  { outcome, calls, written }: AgentResult,
  fence: AttemptFence,
): Promise<PhaseOutcome> {
  recountUsage(
    progress,
    calls.filter(({ attempt }) => attempt > task.attemptOffset),
  );
  const isLeftOver = outcome.kind !== 'artifact_written' && (await isThere(task, folder, deps.config.maxArtifactBytes));
  const notWritten = problemOf(outcome, isLeftOver, failedCalls(progress));
  if (notWritten) throw await failAttempt(deps, task, progress, notWritten, null);
  const judged = await judgeArtifact(
    { ...task.phase.artifact, schemas: task.schemas },
    folder.root,
    deps.config.maxArtifactBytes,
  );
  if (judged.problem || !judged.file) {
    const problem = judged.problem ?? {
      reason: 'not_a_file' as const,
      message: `${task.phase.artifact.path} can't be read`,
      errors: [],
    };
    throw await failAttempt(deps, task, progress, problem, judged);
  }
  const commit = mayChangeRepository(task) ? await commitChanges(task, folder, fence) : null;
  const attempt = task.attemptOffset + progress.attempt;
  const left = await leftOutOfCommit(task, folder, attempt, written, fence.signal);
  await recordAttempt(deps.mirror, task, attempt, judged, [...successEvents(attempt, judged, commit), ...left]);
  const { path, schemaId } = task.phase.artifact;
  const { sha256, bytes } = judged.file;
  return {
    artifact: { phaseKey: task.phase.key, path, schemaId, sha256, bytes },
    attempts: attempt,
    usage: progress.usage,
    commit,
  };
}

function commitChanges(task: PhaseTask, folder: RunFolder, fence: AttemptFence): Promise<CommitRef | null> {
  fence.check();
  const {
    run: { runId, workflowId },
    phase,
    occurrence,
  } = task;
  const place = { repoDir: folder.repo, phaseKey: phase.key, signal: fence.signal };
  return commitPhase({ ...place, runId, workflowId, occurrence });
}

function successEvents(attempt: number, { file, normalised }: JudgedArtifact, commit: CommitRef | null): EventDraft[] {
  const events: EventDraft[] = [];
  if (normalised.length > 0) events.push({ type: 'artifact_normalised', attempt, payload: { what: normalised } });
  if (file) events.push({ type: 'artifact_validated', attempt, payload: { sha256: file.sha256, bytes: file.bytes } });
  if (commit) {
    const { sha, filesChanged, insertions, deletions } = commit;
    events.push({ type: 'changes_committed', attempt, payload: { sha, filesChanged, insertions, deletions } });
  }
  return events;
}

async function isThere(task: PhaseTask, folder: RunFolder, maxBytes: number): Promise<boolean> {
  return (await readArtifactFile(folder.root, task.phase.artifact.path, maxBytes)).kind !== 'missing';
}
