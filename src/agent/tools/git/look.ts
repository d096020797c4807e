import { z } from 'zod';
import { PhasegateError } from '../../../domain/failures.js';
import { offload } from '../../../offload/offload.js';
import type { GitResult } from '../../../workspace/git/git.js';
import { isLoss } from '../../../workspace/lost-folder.js';
import { commitOf } from '../../../workspace/changes/revisions.js';
import { withWorkTree, type WorkTree } from '../../../workspace/changes/work-tree.js';
import { ToolRefusal, type ToolContext } from '../agent-tool.js';
import { inTime } from '../in-time.js';

/** A look at the repository takes at most this long. */
const LOOK_MS = 30_000;
/** Below the limit of a tool's answer, which counts bytes, for most texts. */
const PAGE_CHARACTERS = 48_000;
const MOST_LINES = 2_000;

/** Arguments that several tools have. */
export const PAGE = {
  offset: z.coerce.number().int().min(0).max(1_000_000).optional().describe('lines to skip'),
  limit: z.coerce.number().int().min(1).optional().describe('lines, default 500'),
};
export const REVISION = z.string().max(200).describe('begin (of this phase), base (of the run), or such as HEAD~2');

/** What a tool may look at: the work as it is now, and the commits by the names that models use. */
export interface Look extends WorkTree {
  signal: AbortSignal;
  /** @throws ToolRefusal where there is no such revision */
  revision: (name: string) => Promise<string>;
}

/**
 * Lets a tool look at the repository. Whatever git refuses is an answer to the model, and not the end of the attempt.
 *
 * @throws ToolRefusal; PhasegateError `workspace_lost`; the reason of the signal
 */
export async function lookAtRepository(
  { repository, signal }: ToolContext,
  work: (look: Look) => Promise<string>,
): Promise<string> {
  if (!repository) throw new ToolRefusal('there is no repository to look at');
  const { root, begin, base } = repository;
  const late = AbortSignal.timeout(LOOK_MS);
  const either = AbortSignal.any([signal, late]);
  try {
    return await withWorkTree(
      root,
      (tree) => {
        const revision = async (name: string): Promise<string> => {
          const known = name === 'begin' ? begin : name === 'base' ? base : name === 'HEAD' ? tree.tip : name;
          const commit = await commitOf(tree.place, known.replace(/^HEAD(?=[~^])/, tree.tip), either);
          if (commit !== null) return commit;
          throw new ToolRefusal(`there is no revision ${JSON.stringify(name)}; see git_log, or take begin or base`);
        };
        return work({ ...tree, signal: either, revision });
      },
      either,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted)
      throw new ToolRefusal(`git took longer than ${LOOK_MS / 1_000} s; ask for less: give the path of a file`);
    const isLost: boolean = isLoss(error);
    if (error instanceof PhasegateError && !isLost) throw new ToolRefusal(error.message);
    throw error;
  }
}

/**
 * A path of the model as git has it, in a list; empty for the whole repository.
 *
 * @throws ToolRefusal for a path that leads out
 */
export function pathsOf(path: string | undefined): string[] {
  const names = (path ?? '').split('/').filter((name) => name !== '' && name !== '.');
  if (path?.startsWith('/') || path?.includes('\0') || names.includes('..') || (path ?? '').length > 4_096)
    throw new ToolRefusal('give a path in the repository, such as repo/src');
  if (names[0] === 'repo') names.shift();
  return names.length === 0 ? [] : [names.join('/')];
}

/** A page of git's output, with a note of how to see the rest. */
export async function pageOf(
  { stdout, cut }: Pick<GitResult, 'stdout' | 'cut'>,
  { offset = 0, limit = 500 }: { offset?: number; limit?: number },
): Promise<string> {
  const most = Math.min(limit, MOST_LINES);
  const { text, end, count } = await inTime('reading', offload('pageLines', stdout, offset, most, PAGE_CHARACTERS));
  const all = cut ? `more than ${count}` : String(count);
  if (offset >= count) return `[there are only ${count} lines${cut ? ' that can be shown; give a path' : ''}]`;
  if (end < count) return `${text}\n[lines ${offset + 1} to ${end} of ${all}; use offset to read on, or give a path]`;
  return cut ? `${text}\n[the rest is too large to be shown; give the path of a file]` : text;
}
