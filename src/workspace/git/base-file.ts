import { git } from './git.js';

/** A commit of a repository. */
interface Base {
  commonDir: string;
  baseCommit: string;
}

/** What a commit has under a name: nothing, something that is not to be read, or the bytes of a file. */
export type BaseFile = { found: false } | { found: true; bytes: Uint8Array | { refused: string } };

const KINDS: Readonly<Record<string, string>> = {
  '040000': 'a folder',
  '120000': 'a symbolic link',
  '160000': 'a submodule',
};

/**
 * Reads files at the root of a commit. Nothing is followed: neither a symbolic link nor a filter.
 *
 * @param names - of the files
 * @param maxBytes - a larger file is refused without being read
 * @returns what there is, by name
 */
export async function readBaseFile(
  { commonDir, baseCommit }: Base,
  names: readonly string[],
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Map<string, BaseFile>> {
  const place = { gitDir: commonDir, signal };
  const { text } = await git(commonDir, ['ls-tree', '-z', '-l', '--full-tree', baseCommit, '--', ...names], place);
  const files = new Map<string, BaseFile>(names.map((name) => [name, { found: false }]));
  for (const entry of text.split('\0')) {
    const [, mode = '', blob = '', size = '', name = ''] = /^(\d+) \w+ (\w+) +(\S+)\t([^]*)$/.exec(entry) ?? [];
    if (!files.has(name)) continue;
    const kind = KINDS[mode];
    if (kind) files.set(name, { found: true, bytes: { refused: `it is ${kind}, and must be a regular file` } });
    else if (Number(size) > maxBytes)
      files.set(name, { found: true, bytes: { refused: `the file is ${size} bytes, the limit is ${maxBytes}` } });
    else {
      const { stdout } = await git(commonDir, ['cat-file', 'blob', blob], { ...place, maxOutputBytes: maxBytes + 1 });
      files.set(name, { found: true, bytes: stdout });
    }
  }
  return files;
}

/** The paths of all files of a commit, each with a NUL behind it. */
export async function listBaseFiles(
  { commonDir, baseCommit }: Base,
  limits: { timeoutMs: number; maxOutputBytes: number },
): Promise<Uint8Array> {
  const { stdout } = await git(commonDir, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', baseCommit], {
    gitDir: commonDir,
    ...limits,
  });
  return stdout;
}
