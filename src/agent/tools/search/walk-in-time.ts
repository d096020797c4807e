import type { FoundFile, PathRefused } from '../../../workspace/confined/confined-folder.js';
import { startDeadline } from '../../model/deadline.js';
import type { ToolContext } from '../agent-tool.js';

/** Most files that one tool call looks at, and how long it may look. */
export const WALK_LIMITS = { files: 50_000, ms: 10_000 } as const;

/** It is told of what a walk did not see. */
export interface WalkWatch {
  /** The walk ended before it had seen everything. */
  cutShort(): void;
  /** An entry may not be read. */
  denied(refusal: PathRefused): void;
}

/**
 * Walks the files below a folder like {@link ConfinedFolder.walk}, but not for ever: somebody can make a tree in which
 * each step takes long.
 */
export async function* walkInTime(
  path: string,
  { folder, signal }: ToolContext,
  watch: WalkWatch,
  ms: number = WALK_LIMITS.ms,
): AsyncGenerator<FoundFile, void, undefined> {
  const deadline = startDeadline(signal, ms);
  let walked = 0;
  try {
    for await (const file of folder.walk(path, {
      limit: WALK_LIMITS.files,
      signal: deadline.signal,
      denied: (refusal) => watch.denied(refusal),
    })) {
      walked += 1;
      yield file;
    }
    if (walked >= WALK_LIMITS.files) watch.cutShort();
  } catch (error) {
    if (!deadline.expired() || error !== deadline.signal.reason) throw error;
    watch.cutShort();
  } finally {
    deadline.clear();
  }
}
