import { PhasegateError } from '../../domain/failures.js';
import type { RunFolder } from '../run-folder.js';
import { openWorktree, type Worktree } from './worktree.js';
import { outlookOf } from './outlook.js';

/** What to tell an agent that writes a file. `refused`: the file can be in no commit at all. */
export interface WriteOutlook {
  refused: boolean;
  why: string;
}

/**
 * Tells what will become of a file that an agent is about to write.
 *
 * @returns a function that takes a path such as `repo/src/a.ts`. It gives null when the file will be committed as it is
 *   written.
 */
export function writeOutlook(folder: Pick<RunFolder, 'root'>): (path: string) => Promise<WriteOutlook | null> {
  let opened: Promise<Worktree> | undefined;
  return async (path) => {
    if (!path.startsWith('repo/')) return null;
    const name = path.slice('repo/'.length);
    try {
      opened ??= openWorktree(folder);
      const outlook = (await outlookOf(await opened, [name])).get(name);
      return outlook === undefined ? null : { refused: outlook.kind !== 'ignored', why: outlook.why };
    } catch (error) {
      // a git that fails must not cost the model's reply; files that are in no commit are looked for again after the
      // commit
      if (error instanceof PhasegateError && error.code !== 'workspace_lost') return null;
      throw error;
    }
  };
}
