import { readdir } from 'node:fs/promises';
import { readConfig } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import type { RunSummary } from '../domain/report-facts.js';
import { isTerminal } from '../domain/run-state.js';
import { isUuid } from '../domain/uuid.js';
import type { Mirror } from '../mirror/types.js';
import { removeWorkspace, type Removal } from '../workspace/remove-workspace.js';
import { runFolder } from '../workspace/run-folder.js';
import { readDuration } from './arguments.js';
import { defineCommand } from './command.js';
import { EXIT } from './exit-codes.js';
import { print } from './output.js';
import { withMirror } from './with-mirror.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** `prune`: removes the workspaces of runs that ended long ago, on the machine where they are. */
export const prune = defineCommand({
  usage: '[--older-than 14d] [--dry-run]',
  about: 'remove the folders and conversations of runs that ended long ago; never what is nowhere else',
  options: {
    'older-than': { type: 'string', value: 'TIME', about: 'how long ago a run must have ended (14d)' },
    'dry-run': { type: 'boolean', about: 'only say what would be done' },
  },
  run: async (values) => {
    const { keepConversationsMs, ...config } = readConfig(process.env, ['workspaceRoot', 'maxArtifactBytes', 'keepConversationsMs']);
    const olderThanMs = readDuration(values['older-than'], '--older-than', 14 * DAY_MS);
    const dryRun = values['dry-run'] === true;
    const { looked, conversations } = await withMirror(async (mirror) => ({
      looked: await pruneAll(mirror, { ...config, olderThanMs, dryRun }),
      conversations: await mirror.deleteOldConversations(new Date(Date.now() - keepConversationsMs), dryRun),
    }));
    const told = `conversations of ${conversations} runs ${dryRun ? 'would be deleted' : 'deleted'}`;
    print(values.json, { dryRun, workspaces: looked, conversations }, `${pruneText(looked, dryRun)}\n${told}`);
    return EXIT.ok;
  },
});

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

interface Prune {
  workspaceRoot: string;
  maxArtifactBytes: number;
  olderThanMs: number;
  dryRun: boolean;
}

async function pruneAll(mirror: Mirror, request: Prune): Promise<Looked[]> {
  const looked: Looked[] = [];
  for (const runId of await runIdsIn(request.workspaceRoot)) {
    const run = await mirror.findRun(runId);
    const removal = await pruneOne(mirror, request, runId, run);
    if (removal) looked.push({ runId, workflowId: run?.workflowId ?? null, removed: removal.kept === null && !request.dryRun, kept: removal.kept, branch: removal.kept === null ? removal.branch : null });
  }
  return looked;
}

/** Null where the run ended only lately: such runs are many, and no news. */
async function pruneOne(mirror: Mirror, request: Prune, runId: string, run: RunSummary | null): Promise<Removal | null> {
  if (run === null) return { kept: 'the mirror does not know the run' };
  if (!isTerminal(run.state) || run.endedAt === null) return { kept: `the run is open (${run.state})` };
  if (Date.now() - Date.parse(run.endedAt) < request.olderThanMs) return null;
  return tryToRemove(mirror, request, runId);
}

async function tryToRemove(mirror: Mirror, { workspaceRoot, maxArtifactBytes, dryRun }: Prune, runId: string): Promise<Removal> {
  const recorded = new Set((await mirror.listArtifacts(runId)).filter(({ intact }) => intact === true).map(({ sha256 }) => sha256));
  try {
    return await removeWorkspace({ folder: runFolder(workspaceRoot, runId), isRecorded: (sha256) => recorded.has(sha256), maxArtifactBytes, dryRun });
  } catch (error) {
    if (error instanceof PhasegateError) return { kept: error.message };
    throw error;
  }
}

async function runIdsIn(workspaceRoot: string): Promise<string[]> {
  const entries = await readdir(workspaceRoot, { withFileTypes: true }).catch((error: unknown) => {
    throw new PhasegateError('config_invalid', `PHASEGATE_WORKSPACE_ROOT ${workspaceRoot} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  // in capitals it is nobody's: the folder of a run has its id in small letters
  return entries.filter((entry) => entry.isDirectory() && isUuid(entry.name) && entry.name === entry.name.toLowerCase()).map(({ name }) => name).sort();
}

function pruneText(looked: readonly Looked[], dryRun: boolean): string {
  const lines = looked.map(({ runId, workflowId, kept, branch }) => {
    const name = `${workflowId ?? 'unknown run'} (${runId})`;
    if (kept !== null) return `kept     ${name}: ${kept}`;
    return `${dryRun ? 'would go' : 'removed '} ${name}${branch?.kept ? `; branch ${branch.name} stays: ${branch.kept}` : branch ? `; with branch ${branch.name}` : ''}`;
  });
  const gone = looked.filter(({ kept }) => kept === null).length;
  return [...lines, `${gone} ${dryRun ? 'would be removed' : 'removed'}, ${looked.length - gone} kept`].join('\n');
}
