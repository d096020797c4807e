import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inPlaces } from '../checked/in-places.js';
import { readMade } from '../checked/checked-record.js';
import { nullIfMissing } from '../disk-failure.js';
import { gitIn } from '../git/git-in.js';
import { inTemporaryFolder } from '../in-temporary-folder.js';
import { leaveOutAdded, stageFiles } from '../worktree/stage-changes.js';
import { treeOf } from '../worktree/stage-tree.js';
import { openWorktree } from '../worktree/worktree.js';
import type { TreePlace } from './git-on-trees.js';

/** The files of a worktree as they are now, as a commit that nobody keeps. */
export interface WorkTree {
  /** Where the commit can be seen. */
  place: TreePlace;
  commit: string;
  /** The newest commit of the run. It is the same where everything is committed. */
  tip: string;
}

/** The objects live for a second, and to compress them takes most of it. */
const UNCOMPRESSED = [
  ['core.compression', '0'],
  ['core.looseCompression', '0'],
] as const;

/**
 * Looks at the files of a worktree as they are now, new files included, as git would commit them. Neither the worktree
 * nor its index nor the repository is changed: what git must store for that lies in a folder that is deleted afterwards.
 *
 * @param root - the run's folder
 * @param look - the commit is gone when it has ended
 * @throws PhasegateError `workspace_lost`, `workspace_failed`
 */
export async function withWorkTree<T>(
  root: string,
  look: (work: WorkTree) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const worktree = await openWorktree({ root });
  const { gitDir, commonDir } = worktree;
  const tip = worktree.filesTip ?? worktree.tip;
  return inTemporaryFolder(worktree.root, 'look-', async (folder) => {
    const [indexFile, objects] = [join(folder, 'index'), join(folder, 'objects')];
    await mkdir(objects);
    // with it git need not read the files that have not changed
    await copyFile(join(gitDir, 'index'), indexFile).catch(nullIfMissing);
    const scratch = { objects, alternate: join(commonDir, 'objects') };
    const view = { ...worktree, scratch: { indexFile, objects: scratch, extra: UNCOMPRESSED } };
    await stageFiles(view, tip, signal);
    const made = await readMade(worktree.root);
    if (made.length > 0) await leaveOutAdded(view, tip, inPlaces(made), signal);
    const { text: tree } = await gitIn(view, ['write-tree'], { signal });
    const before = await treeOf(view, tip, signal);
    const make = ['commit-tree', tree, '-p', tip, '-F', '-'];
    const commit = tree === before ? tip : (await gitIn(view, make, { input: 'not committed\n', signal })).text;
    const own = await ownGitDir(folder, commonDir, tip.length === 64 ? 'sha256' : 'sha1');
    return await look({ place: { gitDir: own, refsDir: gitDir, scratch }, commit, tip });
  });
}

/** A git directory without any setting or attribute of the repository: some of them can't be overruled. */
async function ownGitDir(folder: string, commonDir: string, format: 'sha1' | 'sha256'): Promise<string> {
  const own = join(folder, 'git');
  await mkdir(join(own, 'refs'), { recursive: true });
  await mkdir(join(own, 'objects'));
  const version = format === 'sha1' ? '0\n' : '1\n[extensions]\n\tobjectformat = sha256\n';
  await writeFile(join(own, 'config'), `[core]\n\trepositoryformatversion = ${version}`);
  await writeFile(join(own, 'HEAD'), 'ref: refs/heads/none\n');
  // a repository that was cloned without its older commits
  await copyFile(join(commonDir, 'shallow'), join(own, 'shallow')).catch(nullIfMissing);
  return own;
}
