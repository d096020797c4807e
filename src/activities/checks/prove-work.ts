import type { CheckSummary } from '../../domain/check/check-run.js';
import { summaryText } from '../../domain/check/check-text.js';
import type { RedCheck, RedWork } from '../../domain/check/red-prompt.js';
import { changedEntries, type ChangedPath } from '../../workspace/changes/changed-paths.js';
import { convertedPaths } from '../../workspace/changes/converted-paths.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import { treeToCommit } from '../../workspace/worktree/stage-tree.js';
import type { PhaseRun } from '../phase/phase-run.js';
import type { CommandPlace } from './command-place.js';
import { commandOf } from './named-command.js';
import { keepOutput } from './output-file.js';
import { protectedAmong } from './protected-paths.js';
import { runCheck } from './run-check.js';
import { takenPlaces } from './taken-places.js';

/** What the engine found out about the work of a phase. */
export interface Proof {
  /** The tree that was checked, and that must be the one that is committed; null when nothing was looked at. */
  tree: string | null;
  /** The checks that have run, in their order. */
  checks: CheckSummary[];
  /** Protected files that the run has changed so far, whichever phase, round or revision it was. */
  protectedPaths: string[];
  /** What the agent must mend; null when nothing is. */
  red: RedWork | null;
}

const NOT_LOOKED_AT: Proof = { tree: null, checks: [], protectedPaths: [], red: null };

/**
 * Proves the work of a phase once its artifact is valid: first what the repository protects, then the places of what the
 * set-up made, then every check, on exactly the tree that will be committed. Checks don't run on work that changed what
 * is protected or lies where the set-up made something, because it may have changed what they do.
 *
 * @param place - null where nothing of the repository is to run
 * @param artifact - the bytes of the valid artifact
 */
export async function proveWork(
  run: PhaseRun,
  fence: AttemptFence,
  place: CommandPlace | null,
  artifact: Uint8Array,
): Promise<Proof> {
  const { task, folder, cancelled, mayChangeRepository } = run;
  const { phase, commands, repository } = task;
  const checks = place === null ? [] : phase.checks;
  const made = place?.checked.setUp?.made ?? [];
  if (checks.length === 0 && ((commands.protect.length === 0 && made.length === 0) || !mayChangeRepository))
    return NOT_LOOKED_AT;
  const signal = AbortSignal.any([cancelled, fence.signal]);
  fence.check();
  const { worktree, tree } = await treeToCommit(folder, signal);
  const since = async (commit: string) => changedEntries({ gitDir: worktree.gitDir }, commit, tree, signal);
  const inRun = await since(repository.baseCommit);
  const protect = mayChangeRepository ? commands.protect : [];
  // a file that has other bytes in a checkout is another file for what it does
  const protectedSince = async (commit: string, entries: ChangedPath[]) => {
    if (protect.length === 0) return [];
    const differing = entries.map(({ path }) => path);
    const converted = await convertedPaths(worktree, commit, tree, differing, signal);
    const others = converted.filter((path) => !differing.includes(path));
    return protectedAmong(protect, [...entries, ...others.map((path) => ({ path, isLink: false }))]);
  };
  // people see what the whole run changed: an earlier round or revision may have changed a file that is still changed
  const proof = { ...NOT_LOOKED_AT, tree, protectedPaths: await protectedSince(repository.baseCommit, inRun) };
  // a phase is refused what it changed itself, in this round, since its last commit
  const byPhase =
    protect.length === 0 || task.head === repository.baseCommit
      ? proof.protectedPaths
      : await protectedSince(task.head, await since(task.head));
  if (byPhase.length > 0 && !phase.mayChangeProtected)
    return { ...proof, red: { protectedPaths: byPhase, takenPlaces: [], red: [], others: [] } };
  const taken = takenPlaces(
    made,
    inRun.map(({ path }) => path),
  );
  if (taken.length > 0) return { ...proof, red: { protectedPaths: [], takenPlaces: taken, red: [], others: [] } };
  if (place === null) return proof;
  const summaries: CheckSummary[] = [];
  const red: RedCheck[] = [];
  const others: string[] = [];
  for (const [index, check] of checks.entries()) {
    const { name, expect } = check;
    const named = await commandOf(run, check, { worktree, tree, artifact }, signal);
    if ('why' in named) {
      red.push({ name, expect, why: named.why, ran: null });
      continue;
    }
    const { summary, command, last, why } = await runCheck(place, check, named, { worktree, tree, artifact });
    summaries.push(summary);
    if (summary.outcome !== 'failed') {
      others.push(summaryText(summary));
      continue;
    }
    const outputFile = await keepOutput(run, { name, place: index }, last.output);
    red.push({ name, expect, why, ran: { ...last, command, outputFile } });
  }
  return {
    ...proof,
    checks: summaries,
    red: red.length === 0 ? null : { protectedPaths: [], takenPlaces: [], red, others },
  };
}
