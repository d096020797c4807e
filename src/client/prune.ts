import { join } from 'node:path';
import { readConfig } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import { isTerminal } from '../domain/run-state.js';
import type { Mirror } from '../mirror/types.js';
import { finishRemoval, removeWorkspace, type Removal } from '../workspace/worktree/remove-workspace.js';
import { runFolder } from '../workspace/run-folder.js';
import { listRunFolders } from '../workspace/run-folders.js';
import { readDuration } from './command-line/arguments.js';
import { defineCommand } from './command-line/command.js';
import { EXIT } from './command-line/exit-codes.js';
import { print } from './command-line/output.js';
import { withMirror } from './command-line/with-mirror.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** `prune`: removes the workspaces of runs that ended long ago, on the machine where they are. */
export const prune = defineCommand({
  usage: '[--older-than 14d] [--ignored-too] [--dry-run]',
  about: 'remove the folders and conversations of runs that ended long ago; never what is nowhere else',
  options: {
    'older-than': { type: 'string', value: 'TIME', about: 'how long ago a run must have ended (14d)' },
    'ignored-too': { type: 'boolean', about: 'delete files that .gitignore names, too: no commit has them' },
    'dry-run': { type: 'boolean', about: 'only say what would be done' },
  },
  run: async (values) => {
    const { keepConversationsMs, ...config } = readConfig(process.env, [
      'workspaceRoot',
      'maxArtifactBytes',
      'keepConversationsMs',
    ]);
    const olderThanMs = readDuration(values['older-than'], '--older-than', 14 * DAY_MS);
    const dryRun = values['dry-run'] === true;
    const ignoredToo = values['ignored-too'] === true;
    const { pruned, conversations } = await withMirror(async (mirror) => ({
      pruned: await pruneAll(mirror, { ...config, olderThanMs, ignoredToo, dryRun }),
      conversations: await mirror.deleteOldConversations(endedBefore(keepConversationsMs), dryRun),
    }));
    const told = `conversations of ${conversations} runs ${dryRun ? 'would be deleted' : 'deleted'}`;
    print(values.json, { dryRun, ...pruned, conversations }, `${pruneText(pruned, dryRun)}\n${told}`);
    return EXIT.ok;
  },
});

/** So long ago; not before 1970, since neither we nor PostgreSQL have dates of any length. */
function endedBefore(ms: number): Date {
  return new Date(Math.max(0, Date.now() - ms));
}

/** A workspace that was looked at. */
interface Looked {
  runId: string;
  workflowId: string | null;
  removed: boolean;
  /** Why the folder was kept; null where it was removed. */
  kept: string | null;
  /** The run's branch, where it stays: why. */
  branch: { name: string; kept: string | null } | null;
}

/** What is no workspace, and what became of it. */
interface Other {
  name: string;
  why: string;
}

interface Pruned {
  workspaces: Looked[];
  others: Other[];
}

interface Prune {
  workspaceRoot: string;
  maxArtifactBytes: number;
  olderThanMs: number;
  ignoredToo: boolean;
  dryRun: boolean;
}

async function pruneAll(mirror: Mirror, request: Prune): Promise<Pruned> {
  const { runIds, halfRemoved, others } = await listRunFolders(request.workspaceRoot);
  const workspaces: Looked[] = [];
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

/** Null where the run ended only lately: such runs are many, and no news. */
async function pruneOne(
  mirror: Mirror,
  request: Prune,
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

/** One workspace that can't be handled must not stand in the way of the others. */
async function tryToRemove(
  { workspaceRoot, ...request }: Prune,
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
  if (dryRun) return 'half deleted by an earlier prune, would go';
  return finishRemoval(path).then(() => 'half deleted by an earlier prune, now gone', reasonOf);
}

function reasonOf(error: unknown): string {
  if (error instanceof PhasegateError) return error.message;
  return `it can't be looked at: ${error instanceof Error ? error.message : String(error)}`;
}

function pruneText({ workspaces, others }: Pruned, dryRun: boolean): string {
  const lines = workspaces.map(({ runId, workflowId, kept, branch }) => {
    const name = `${workflowId ?? 'unknown run'} (${runId})`;
    if (kept !== null) return `kept     ${name}: ${kept}`;
    return `${dryRun ? 'would go' : 'removed '} ${name}${branch?.kept ? `; branch ${branch.name} stays: ${branch.kept}` : branch ? `; with branch ${branch.name}` : ''}`;
  });
  const gone = workspaces.filter(({ kept }) => kept === null).length;
  const foreign = others.map(({ name, why }) => `other    ${name}: ${why}`);
  return [
    ...lines,
    ...foreign,
    `${gone} ${dryRun ? 'would be removed' : 'removed'}, ${workspaces.length - gone} kept`,
  ].join('\n');
}
