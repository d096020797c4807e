import { PhasegateError } from '../../domain/failures.js';
import { branchName, branchNameWithRun, PREFIX } from './branch-name.js';
import type { Checkout } from '../worktree/checkouts.js';
import { git } from './git.js';
import type { WorktreeRecord } from '../worktree/worktree-record.js';

interface Situation {
  commonDir: string;
  workflowId: string;
  runId: string;
  /** What an earlier try noted. */
  record: WorktreeRecord | null;
  /** Work trees in the run's own folder, from earlier tries. */
  leftovers: readonly Checkout[];
  others: readonly Checkout[];
}

/**
 * The branch that a run works on: `phasegate/<workflow id>`. Where that belongs to another run, 8 characters of the run
 * id are added. A branch that the run made in an earlier try is taken again, with all that is on it.
 *
 * @returns the name, and the commit that it is at; null where it must be made
 */
export async function chooseBranch(situation: Situation): Promise<{ branch: string; tip: string | null }> {
  const { commonDir, workflowId, runId, record, leftovers, others } = situation;
  const names = [branchName(workflowId), branchNameWithRun(workflowId, runId), `${branchName(workflowId)}-${runId}`];
  const earlier = names.filter((name) => name === record?.branch || isOn(leftovers, name));
  const tips = await tipsOf(commonDir, names);
  if (tips.has(ABOVE)) throw branchAbove(commonDir);
  const collisions = [...tips.keys()].filter((name) => !names.includes(name));
  for (const branch of new Set([...earlier, ...names])) {
    if (isOn(others, branch) || (!earlier.includes(branch) && collides(branch, collisions))) continue;
    const tip = tips.get(branch) ?? null;
    if (tip === null || isOwn(branch, tip, situation)) return { branch, tip };
  }
  throw new PhasegateError(
    'branch_in_the_way',
    `the branches ${[...names, ...collisions].join(', ')} stand in the way: delete or rename one`,
  );
}

/** A branch `phasegate` is a file where git needs a folder. */
const ABOVE = PREFIX.slice(0, -1);

function branchAbove(commonDir: string): PhasegateError {
  return new PhasegateError(
    'branch_in_the_way',
    `the branch ${ABOVE} stands in the way of every branch ${PREFIX}…: rename it (git --git-dir=${commonDir} branch -m ${ABOVE} NAME)`,
  );
}

/** The commits of existing branches: those with these names, in upper or lower case, and those below and above them. */
async function tipsOf(commonDir: string, names: readonly string[]): Promise<Map<string, string>> {
  const patterns = names.flatMap((name) => [`refs/heads/${name}`, `refs/heads/${name}/**`]);
  // as a pattern, because a plain name would bring all branches below it
  const above = `refs/heads/${ABOVE.slice(0, -1)}[${ABOVE.slice(-1)}]`;
  const [ask, format] = [['for-each-ref', '--ignore-case'], '--format=%(objectname) %(refname:lstrip=2)'];
  const { text } = await git(commonDir, [...ask, format, above, ...patterns], { gitDir: commonDir });
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

/** Two such branches can't be in one clone on a disk that does not tell upper from lower case. */
function collides(branch: string, others: readonly string[]): boolean {
  const folded = branch.toLowerCase();
  return others.some((other) => other.toLowerCase() === folded || other.toLowerCase().startsWith(`${folded}/`));
}

function isOwn(branch: string, tip: string, { runId, record, leftovers }: Situation): boolean {
  if (branch.endsWith(`-${runId.slice(0, 8).toLowerCase()}`) || branch.endsWith(`-${runId}`)) return true;
  if (isOn(leftovers, branch)) return true;
  // a run that was killed before it made its branch may find another run's branch with that name; if it is at the base
  // commit, it has no work on it
  return record?.branch === branch && (record.state === 'ready' || record.baseCommit === tip);
}

function isOn(checkouts: readonly Checkout[], branch: string): boolean {
  return checkouts.some(({ ref }) => ref === `refs/heads/${branch}`);
}
