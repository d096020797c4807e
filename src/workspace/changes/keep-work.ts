import { join } from 'node:path';
import type { ChangeTotal } from '../../domain/change/changes.js';
import { git } from '../git/git.js';
import { gitIn } from '../git/git-in.js';
import { withLock } from '../git/process-lock.js';
import { OWN_NAMES } from '../run-folder.js';
import { stageTree } from '../worktree/stage-tree.js';
import { openWorktree, type Worktree } from '../worktree/worktree.js';
import { readChanges } from './read-changes.js';

/** Work that no phase committed, in a commit that only a ref of the repository has. */
export interface KeptWork {
  ref: string;
  commit: string;
  /** How much it changes since the last commit of the run. */
  changed: ChangeTotal;
}

export interface KeepWork {
  /** The run's folder. */
  root: string;
  runId: string;
  phaseKey: string;
  /** The attempt that did the work, by number. */
  attempt: number;
  signal?: AbortSignal;
}

/**
 * Keeps the work in a worktree that is not committed: what a commit of the phase would have, as a commit under a ref of
 * the repository. The files stay where they are, so that another try finds them. When it is called again, and nothing has
 * changed since, it gives the ref that is there.
 *
 * @returns null when everything is committed
 * @throws PhasegateError `workspace_lost`, and the codes of git's failures
 */
export async function keepWork({ root, runId, phaseKey, attempt, signal }: KeepWork): Promise<KeptWork | null> {
  const worktree = await openWorktree({ root });
  const message = `phasegate: work of ${phaseKey} that was not committed\n\nPhasegate-Run: ${runId}\nPhasegate-Phase: ${phaseKey}\n`;
  return withLock(
    join(worktree.root, OWN_NAMES.lock),
    async (held) => {
      const base = worktree.filesTip ?? worktree.tip;
      const tree = await stageTree({ ...worktree, tip: base }, held);
      if (tree === null) return null;
      const make = ['commit-tree', tree, '-p', base, '-F', '-'];
      const { text: commit } = await gitIn(worktree, make, { input: message, signal: held });
      const { gitDir } = worktree;
      const kept = await keepUnderRef(worktree, runId, `${phaseKey}-${attempt}`, { commit, tree }, held);
      return { ...kept, changed: (await readChanges({ gitDir }, base, commit, held)).total };
    },
    signal,
  );
}

/** Each ref stays what it was: a later work with the same name gets a number of its own. */
async function keepUnderRef(
  worktree: Worktree,
  runId: string,
  name: string,
  { commit, tree }: { commit: string; tree: string },
  signal: AbortSignal,
): Promise<Pick<KeptWork, 'ref' | 'commit'>> {
  const there = await listRefs(worktree.commonDir, runId, signal);
  const same = there.find((ref) => ref.tree === tree);
  if (same) return { ref: same.ref, commit: same.commit };
  const wanted = `${keptRefs(runId)}${name.replace(/[^\w-]+/g, '-')}`;
  let ref = wanted;
  for (let n = 2; there.some((other) => other.ref === ref); n++) ref = `${wanted}.${n}`;
  await gitIn(worktree, ['update-ref', '-m', 'phasegate: not committed', ref, commit], { signal });
  return { ref, commit };
}

/** The work of a run that is kept this way, in the order of the refs' names. */
export async function listKeptWork(
  commonDir: string,
  runId: string,
  signal?: AbortSignal,
): Promise<Pick<KeptWork, 'ref' | 'commit'>[]> {
  return (await listRefs(commonDir, runId, signal)).map(({ ref, commit }) => ({ ref, commit }));
}

/** Lets go of the work of a run that is kept this way. */
export async function dropKeptWork(commonDir: string, runId: string): Promise<void> {
  for (const { ref, commit } of await listRefs(commonDir, runId))
    await git(commonDir, ['update-ref', '-d', ref, commit], { gitDir: commonDir });
}

async function listRefs(
  commonDir: string,
  runId: string,
  signal?: AbortSignal,
): Promise<{ ref: string; commit: string; tree: string }[]> {
  const ask = ['for-each-ref', '--format=%(refname) %(objectname) %(tree)', keptRefs(runId)];
  const { text } = await git(commonDir, ask, { gitDir: commonDir, signal });
  return text.split('\n').flatMap((line) => {
    const [ref = '', commit = '', tree = ''] = line.split(' ');
    return ref === '' ? [] : [{ ref, commit, tree }];
  });
}

function keptRefs(runId: string): string {
  return `refs/phasegate/${runId}/kept/`;
}
