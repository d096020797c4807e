import type { Worktree } from '../../workspace/worktree/worktree.js';

/** The work on which checks run. */
export interface CheckedWork {
  worktree: Worktree;
  /** The tree that is to be committed. */
  tree: string;
  /** The bytes of the phase's own artifact, which is valid. */
  artifact: Uint8Array;
}
