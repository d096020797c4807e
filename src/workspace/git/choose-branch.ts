import { PhasegateError } from '../../domain/failures.js';
import { branchName, branchNameWithRun, PREFIX } from './branch-name.js';
import { tipOf } from './branch-tip.js';
import type { Checkout } from '../worktree/checkouts.js';
import { git } from './git.js';
import type { WorktreeRecord } from '../worktree/worktree-record.js';

interface Situation {
  commonDir: string;
  workflowId: string;
  runId: string;
  /** What an earlier try wrote down. */
  record: WorktreeRecord | null;
  /** Work trees in the run's own folder, from earlier tries. */
  leftovers: readonly Checkout[];
  others: readonly Checkout[];
}

/**
 * The branch that a run works on: `phasegate/<workflow id>`, or with 8 characters of the run id where that belongs to
 * another run. A branch that the run made in an earlier try is taken again, with all that is on it.
 *
 * @returns the name, and the commit it is at; null where it has to be made
 */
export async function chooseBranch(situation: Situation): Promise<{ branch: string; tip: string | null }> {
  const { commonDir, workflowId, runId, record, leftovers, others } = situation;
  const names = [branchName(workflowId), branchNameWithRun(workflowId, runId), `${branchName(workflowId)}-${runId}`];
  const earlier = names.filter((name) => name === record?.branch || isOn(leftovers, name));
  await refuseBranchAbove(commonDir);
  const collisions = await collidingBranches(commonDir, names);
  for (const branch of new Set([...earlier, ...names])) {
    if (isOn(others, branch) || (!earlier.includes(branch) && collides(branch, collisions))) continue;
    const tip = await tipOf(commonDir, branch);
    if (tip === null || isOwn(branch, tip, situation)) return { branch, tip };
  }
  throw new PhasegateError(
    'branch_in_the_way',
    `the branches ${[...names, ...collisions].join(', ')} stand in the way: delete or rename one`,
  );
}

/** A branch `phasegate` is a file where git needs a folder. */
async function refuseBranchAbove(commonDir: string): Promise<void> {
  const above = PREFIX.slice(0, -1);
  if ((await tipOf(commonDir, above)) === null) return;
  throw new PhasegateError(
    'branch_in_the_way',
    `the branch ${above} stands in the way of every branch ${PREFIX}…: rename it (git --git-dir=${commonDir} branch -m ${above} NAME)`,
  );
}

/** Branches that are one of these names but for the case of letters, or below one. */
async function collidingBranches(commonDir: string, names: readonly string[]): Promise<string[]> {
  const patterns = names.map((name) => `refs/heads/${name}`);
  const { text } = await git(
    commonDir,
    [
      'for-each-ref',
      '--ignore-case',
      '--format=%(refname)',
      ...patterns,
      ...patterns.map((pattern) => `${pattern}/**`),
    ],
    { gitDir: commonDir },
  );
  return text
    .split('\n')
    .filter((ref) => ref !== '' && !patterns.includes(ref))
    .map((ref) => ref.slice('refs/heads/'.length));
}

/** Two such branches can't be in one clone on a disk that folds cases. */
function collides(branch: string, others: readonly string[]): boolean {
  const folded = branch.toLowerCase();
  return others.some((other) => other.toLowerCase() === folded || other.toLowerCase().startsWith(`${folded}/`));
}

function isOwn(branch: string, tip: string, { runId, record, leftovers }: Situation): boolean {
  if (branch.endsWith(`-${runId.slice(0, 8).toLowerCase()}`) || branch.endsWith(`-${runId}`)) return true;
  if (isOn(leftovers, branch)) return true;
  // a run that was killed before it made its branch may find another run's of that name: one at the base commit has no
  // work on it
  return record?.branch === branch && (record.state === 'ready' || record.baseCommit === tip);
}

function isOn(checkouts: readonly Checkout[], branch: string): boolean {
  return checkouts.some(({ ref }) => ref === `refs/heads/${branch}`);
}
