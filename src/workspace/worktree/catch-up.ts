import { join } from 'node:path';
import { CHECKOUT_LIMIT_MS } from './check-out.js';
import { gitIn } from '../git/git-in.js';
import { withLock } from '../git/process-lock.js';
import { snapshot } from './return-to-commit.js';
import { OWN_NAMES } from '../run-folder.js';
import type { Worktree } from './worktree.js';
import { noteTip } from './worktree-record.js';

/**
 * Brings a worktree to where the run's branch is now: another worker, with a folder of its own, may have gone on with
 * the run. Files here that are not committed are kept under a ref of the repository, because they are not part of the
 * work that was done there.
 *
 * @param worktree - it was just opened
 * @returns the commit and the ref that keeps what was here; null when the worktree was up to date
 * @throws PhasegateError `workspace_lost`, `workspace_failed`
 */
export async function catchUp(
  worktree: Worktree,
  runId: string,
  signal?: AbortSignal,
): Promise<{ tip: string; keptAs: string | null } | null> {
  const { tip, filesTip: base } = worktree;
  if (base === undefined || base === tip) return null;
  return withLock(
    join(worktree.root, OWN_NAMES.lock),
    async (held) => {
      const here = await snapshot(worktree, base, held);
      const keptAs = here === base ? null : `refs/phasegate/${runId}/stale-${here.slice(0, 12)}`;
      if (keptAs)
        await gitIn(worktree, ['update-ref', '-m', 'phasegate: went on elsewhere', keptAs, here], { signal: held });
      await gitIn(worktree, ['read-tree', '--reset', '-u', tip], { signal: held, timeoutMs: CHECKOUT_LIMIT_MS });
      await noteTip(worktree.root, tip);
      return { tip, keptAs };
    },
    signal,
  );
}
