import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { listCheckouts, type Checkout } from './checkouts.js';
import { tipOf } from '../git/branch-tip.js';
import { gitIn } from '../git/git-in.js';
import { withLock } from '../git/process-lock.js';
import { OWN_NAMES } from '../run-folder.js';
import type { Worktree } from './worktree.js';

/**
 * Makes a worktree take the run's branch again, after {@link freeBranch}: a run that was reset goes on.
 *
 * @throws PhasegateError `branch_in_use` when somebody has it checked out: their files would no longer be those of the
 *   branch
 */
export async function holdBranch(worktree: Worktree, runId: string, signal?: AbortSignal): Promise<void> {
  if (await isOnBranch(worktree)) return;
  await refuseInUse(worktree.commonDir, worktree.branch, runId);
  await gitIn(worktree, ['symbolic-ref', 'HEAD', `refs/heads/${worktree.branch}`], { signal });
}

/**
 * Releases the run's branch, so that a person can switch to it (`git switch`). The worktree stays at its commit. Doing
 * it again changes nothing.
 *
 * @throws PhasegateError `workspace_failed`, and the codes of git's failures
 */
export async function freeBranch(worktree: Worktree): Promise<void> {
  if (!(await isOnBranch(worktree))) return;
  await withLock(join(worktree.root, OWN_NAMES.lock), async (signal) => {
    const tip = await tipOf(worktree.commonDir, worktree.branch);
    if (tip !== null)
      await gitIn(worktree, ['update-ref', '--no-deref', '-m', 'phasegate: run ended', 'HEAD', tip], { signal });
  });
}

/** @throws PhasegateError `branch_in_use` when a checkout that is not this run's has the branch */
export async function refuseInUse(commonDir: string, branch: string, runId: string): Promise<void> {
  const other = await otherCheckout(commonDir, branch, ({ path }) => isOfRun(path, runId));
  if (other === null) return;
  throw new PhasegateError(
    'branch_in_use',
    `the branch ${branch} of the run is checked out in ${other}: switch to another branch there (git -C ${other} switch -)`,
  );
}

/** The folder of a checkout that has the branch and is not among the own ones; null where there is none. */
export async function otherCheckout(
  commonDir: string,
  branch: string,
  isOwn: (checkout: Checkout) => boolean,
): Promise<string | null> {
  const others = (await listCheckouts(commonDir)).filter(
    (checkout) => checkout.ref === `refs/heads/${branch}` && !isOwn(checkout),
  );
  return others.map(({ path }) => path ?? dirname(commonDir)).find((path) => existsSync(path)) ?? null;
}

/** The run's own worktrees may be in several workspace roots. */
function isOfRun(path: string | null, runId: string): boolean {
  return path?.includes(`/${runId.toLowerCase()}/`) === true;
}

async function isOnBranch(worktree: Worktree): Promise<boolean> {
  const ref = `refs/heads/${worktree.branch}`;
  if ((await readFile(join(worktree.gitDir, 'HEAD'), 'utf8').catch(() => '')).trim() === `ref: ${ref}`) return true;
  // a repository may keep it otherwise: as a symbolic link, or in a table of refs
  const { text } = await gitIn(worktree, ['symbolic-ref', '--quiet', 'HEAD'], { okCodes: [0, 1] });
  return text === ref;
}
