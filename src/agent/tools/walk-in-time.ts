import type { FoundFile } from '../../workspace/confined-folder.js';
import { startDeadline } from '../deadline.js';
import type { ToolContext } from './agent-tool.js';

/** Most files that one tool call looks at, and how long. */
export const WALK_LIMITS = { files: 50_000, ms: 10_000 } as const;

/**
 * Walks the files below a folder like {@link ConfinedFolder.walk}, but not for ever: a tree can be made so that each step
 * takes long.
 *
 * @param cutShort - called where the walk ended before it had seen everything
 */
export async function* walkInTime(path: string, { folder, signal }: ToolContext, cutShort: () => void, ms: number = WALK_LIMITS.ms): AsyncGenerator<FoundFile, void, undefined> {
  const deadline = startDeadline(signal, ms);
  let walked = 0;
  try {
    for await (const file of folder.walk(path, { limit: WALK_LIMITS.files, signal: deadline.signal })) {
      walked += 1;
      yield file;
    }
    if (walked >= WALK_LIMITS.files) cutShort();
  } catch (error) {
    if (!deadline.expired() || error !== deadline.signal.reason) throw error;
    cutShort();
  } finally {
    deadline.clear();
  }
}
