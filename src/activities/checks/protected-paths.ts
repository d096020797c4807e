import { PhasegateError } from '../../domain/failures.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import type { ChangedPath } from '../../workspace/changes/changed-paths.js';

/**
 * Those of the changed paths that the repository protects.
 *
 * @param protect - patterns
 * @throws PhasegateError `workspace_failed` when that takes too long
 */
export async function protectedAmong(protect: readonly string[], changed: readonly ChangedPath[]): Promise<string[]> {
  if (protect.length === 0 || changed.length === 0) return [];
  try {
    return await offload('matchPatterns', protect, changed);
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    // nobody may get around protection by a change of very many files
    const message = `whether the ${changed.length} changed files are protected could not be found out: it ${error.message}`;
    throw new PhasegateError('workspace_failed', message, {}, { cause: error });
  }
}
