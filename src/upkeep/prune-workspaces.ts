import { join } from 'node:path';
import { PhasegateError } from '../domain/failures.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import { isTerminal } from '../domain/run-state.js';
import type { Mirror } from '../mirror/types.js';
import { finishRemoval, removeWorkspace, type Removal } from '../workspace/worktree/remove-workspace.js';
import { runFolder } from '../workspace/run-folder.js';
import { listRunFolders } from '../workspace/run-folders.js';

/** A workspace that was looked at. */
export interface PrunedWorkspace {
  runId: string;
  workflowId: string | null;
  removed: boolean;
  /** Why the folder was kept; null where it was removed. */
  kept: string | null;
  /** Why the run's branch was kept, where it was. */
  branch: { name: string; kept: string | null } | null;
}

/** An entry that is not a workspace, and what became of it. */
interface Other {
  name: string;
  why: string;
}

/** What a pass found and did. */
export interface Pruned {
  workspaces: PrunedWorkspace[];
  others: Other[];
}

/** Which workspaces may be removed. */
export interface PruneRequest {
  workspaceRoot: string;
  maxArtifactBytes: number;
  olderThanMs: number;
  ignoredToo: boolean;
  dryRun: boolean;
}

/**
 * Removes the workspaces of this machine whose runs ended long ago, unless something in them is nowhere else. A
 * workspace that can't be handled is kept, and the reason is given.
 *
 * @throws PhasegateError those of the mirror
 */
export async function pruneWorkspaces(mirror: Mirror, request: PruneRequest): Promise<Pruned> {
  const { runIds, halfRemoved, others } = await listRunFolders(request.workspaceRoot);
  const workspaces: PrunedWorkspace[] = [];
  for (const runId of runIds) {
    const run = await mirror.findRun(runId);
    const removal = await pruneOne(mirror, request, runId, run);
    if (removal)
      workspaces.push({
        runId,
        workflowId: run?.workflowId ?? null,
        removed: removal.kept === null && !request.dryRun,
        kept: removal.kept,
        branch: removal.kept === null ? removal.branch : null,
      });
  }
  for (const name of halfRemoved)
    others.push({ name, why: await finish(join(request.workspaceRoot, name), request.dryRun) });
  return { workspaces, others };
}

/** Null where the run ended only lately: there are many such runs, and nobody needs to hear of them. */
async function pruneOne(
  mirror: Mirror,
  request: PruneRequest,
  runId: string,
  run: RunSummary | null,
): Promise<Removal | null> {
  if (run === null) return { kept: 'the mirror does not know the run' };
  if (!isTerminal(run.state) || run.endedAt === null) return { kept: `the run is open (${run.state})` };
  if (Date.now() - Date.parse(run.endedAt) < request.olderThanMs) return null;
  const recorded = new Set(
    (await mirror.listArtifacts(runId)).filter(({ intact }) => intact === true).map(({ sha256 }) => sha256),
  );
  return tryToRemove(request, runId, recorded);
}

/** When one workspace can't be handled, the others still are. */
async function tryToRemove(
  { workspaceRoot, ...request }: PruneRequest,
  runId: string,
  recorded: ReadonlySet<string>,
): Promise<Removal> {
  try {
    return await removeWorkspace({
      folder: runFolder(workspaceRoot, runId),
      isRecorded: (sha256) => recorded.has(sha256),
      ...request,
    });
  } catch (error) {
    return { kept: reasonOf(error) };
  }
}

async function finish(path: string, dryRun: boolean): Promise<string> {
  if (dryRun) return 'an earlier prune deleted it only in part: it would be removed';
  return finishRemoval(path).then(() => 'an earlier prune deleted it only in part: it is removed now', reasonOf);
}

function reasonOf(error: unknown): string {
  if (error instanceof PhasegateError) return error.message;
  return `it could not be examined: ${error instanceof Error ? error.message : String(error)}`;
}
