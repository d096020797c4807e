import {
  CHANGE_LIMITS,
  NO_CHANGES,
  type ChangedFile,
  type Changes,
  type ChangeTotal,
} from '../../domain/change/changes.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { gitOnTrees, TREE_DIFF, type TreePlace } from './git-on-trees.js';
import { lineCounts, rawChanges, type LineCounts, type RawChange } from './parse-changes.js';

/** Enough for some 5,000 files. A longer list is cut, and its totals are counted by git alone. */
const MOST_LIST_BYTES = 1024 * 1024;
const COUNT_MS = 60_000;

/**
 * What changed between two commits or trees, by git's own count. Attributes of the repository have no say in it, because
 * an agent may have written them: a file that is marked as binary or generated still counts.
 *
 * @param from - id of a commit or tree
 * @param to - likewise
 * @param paths - only files below these, from the repository's folder; default: all
 * @throws PhasegateError `workspace_failed`, and the codes of git's failures
 */
export async function readChanges(
  place: TreePlace,
  from: string,
  to: string,
  signal?: AbortSignal,
  paths: readonly string[] = [],
): Promise<Changes> {
  if (from === to) return NO_CHANGES;
  const list = (what: readonly string[], find: readonly string[] = TREE_DIFF.renames) =>
    gitOnTrees(place, ['diff-tree', '-r', ...find, ...TREE_DIFF.safe, ...what, from, to, '--', ...paths], {
      signal,
      timeoutMs: COUNT_MS,
      maxOutputBytes: MOST_LIST_BYTES,
      cutOutput: true,
    });
  try {
    const whole = await list(['--raw', '--numstat', '-z']);
    if (!whole.cut) return changesOf(rawChanges(whole.stdout), lineCounts(whole.stdout));
    const [raw, counts, total] = [
      await list(['--raw', '-z']),
      await list(['--numstat', '-z']),
      await list(['--shortstat']),
    ];
    return changesOf(rawChanges(raw.stdout), lineCounts(counts.stdout), totalIn(total.text));
  } catch (error) {
    if (!(error instanceof PhasegateError) || signal?.aborted) throw error;
    // to compare the contents of some files takes too long: then their names must do
    const raw = await list(['--raw', '-z'], ['--no-renames']);
    const files = rawChanges(raw.stdout);
    return changesOf(files, new Map(), { files: files.length, added: null, removed: null });
  }
}

function changesOf(raw: readonly RawChange[], counts: ReadonlyMap<string, LineCounts>, total?: ChangeTotal): Changes {
  const files: ChangedFile[] = [];
  let characters = 0;
  for (const { path, from, status } of raw) {
    const file: ChangedFile = {
      path: nameOf(path),
      status,
      ...(from && { from: nameOf(from) }),
      ...(counts.get(path.toString('latin1')) ?? { added: null, removed: null }),
    };
    characters += file.path.length + (file.from?.length ?? 0);
    if (files.length >= CHANGE_LIMITS.files || characters > CHANGE_LIMITS.allCharacters) break;
    files.push(file);
  }
  return { files, total: total ?? sumOf(raw.length, counts) };
}

function sumOf(files: number, counts: ReadonlyMap<string, LineCounts>): ChangeTotal {
  const total = { files, added: 0, removed: 0 };
  for (const { added, removed } of counts.values()) {
    total.added += added ?? 0;
    total.removed += removed ?? 0;
  }
  return total;
}

function totalIn(text: string): ChangeTotal {
  const count = (word: RegExp): number => Number(word.exec(text)?.[1] ?? 0);
  return {
    files: count(/(\d+) files? changed/),
    added: count(/(\d+) insertion/),
    removed: count(/(\d+) deletion/),
  };
}

function nameOf(path: Buffer): string {
  return cut(path.toString('utf8'), CHANGE_LIMITS.pathCharacters);
}
