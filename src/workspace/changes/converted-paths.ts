import { join } from 'node:path';
import { gitIn } from '../git/git-in.js';
import { inTemporaryFolder } from '../in-temporary-folder.js';
import { joinNul, splitNul } from '../worktree/index-lines.js';
import type { Worktree } from '../worktree/worktree.js';
import { MOST_LIST_BYTES } from './changed-paths.js';

const ATTRIBUTES = ['text', 'crlf', 'eol', 'working-tree-encoding', 'ident'] as const;

/**
 * The paths that have other bytes in a checkout of one commit or tree than in one of another, although they did not
 * change: because a `.gitattributes` says other line ends, another encoding, or `$Id$` of them.
 *
 * @param changed - paths that differ between the two
 * @returns paths that both have. A setting `core.eol` is not looked at
 * @throws PhasegateError as git's failures
 */
export async function convertedPaths(
  worktree: Worktree,
  from: string,
  to: string,
  changed: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  if (!changed.some((path) => path === '.gitattributes' || path.endsWith('/.gitattributes'))) return [];
  const [before, after] = [await conversions(worktree, from, signal), await conversions(worktree, to, signal)];
  return [...after].flatMap(([path, how]) => ((before.get(path) ?? how) === how ? [] : [path]));
}

/** What the attributes of a tree make of each of its files. An index of its own: older git can't ask a tree. */
async function conversions(worktree: Worktree, tree: string, signal?: AbortSignal): Promise<Map<string, string>> {
  return inTemporaryFolder(worktree.root, 'attributes-', async (folder) => {
    const view = { ...worktree, scratch: { indexFile: join(folder, 'index') } };
    const most = { signal, maxOutputBytes: 8 * MOST_LIST_BYTES };
    await gitIn(view, ['read-tree', tree], { signal });
    const paths = splitNul((await gitIn(view, ['ls-files', '-z'], most)).stdout);
    const args = ['check-attr', '--cached', '-z', '--stdin', ...ATTRIBUTES];
    const parts = splitNul((await gitIn(view, args, { ...most, input: joinNul(paths) })).stdout).map(String);
    const found = new Map<string, string>();
    for (let n = 0; n + 2 < parts.length; n += 3 * ATTRIBUTES.length)
      found.set(parts[n] ?? '', conversion(ATTRIBUTES.map((_, index) => parts[n + 3 * index + 2] ?? '')));
    return found;
  });
}

function conversion([text, crlf, eol, encoding = '', ident]: readonly string[]): string {
  const isBinary = text === 'unset' || crlf === 'unset';
  const isEncoded = encoding !== 'unspecified' && encoding !== 'unset';
  return JSON.stringify([isBinary, !isBinary && eol === 'crlf', isEncoded && encoding, ident === 'set']);
}
