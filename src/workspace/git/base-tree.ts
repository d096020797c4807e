import { git } from './git.js';

/** An entry at the root of a commit. */
export interface BaseEntry {
  name: string;
  /** The names in a folder, folders with `/`; null for what is no folder. */
  children: string[] | null;
}

/** Folders of the root that are looked into. */
const MOST_FOLDERS = 100;
const MOST_BYTES = 512 * 1024;

/** The files and folders of a commit, two levels deep. Of a very large one the first. */
export async function readBaseTree({
  commonDir,
  baseCommit,
}: {
  commonDir: string;
  baseCommit: string;
}): Promise<BaseEntry[]> {
  const list = async (folders: readonly string[]): Promise<[name: string, isFolder: boolean][]> => {
    const { text, cut } = await git(commonDir, ['ls-tree', '-z', '--full-tree', baseCommit, '--', ...folders], {
      gitDir: commonDir,
      maxOutputBytes: MOST_BYTES,
      cutOutput: true,
    });
    const lines = text.split('\0');
    // the last one may be a part of a name
    if (cut) lines.pop();
    return lines.flatMap((line): [string, boolean][] => {
      const [, type, name] = /^\d+ (\w+) \w+\t([^]+)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, type === 'tree']];
    });
  };
  const root = await list([]);
  const folders = root.filter(([, isFolder]) => isFolder).map(([name]) => name);
  const entries = new Map(
    root.map(([name, isFolder]): [string, BaseEntry] => [name, { name, children: isFolder ? [] : null }]),
  );
  const inner = folders.length === 0 ? [] : await list(folders.slice(0, MOST_FOLDERS).map((name) => `${name}/`));
  for (const [path, isFolder] of inner) {
    const at = path.indexOf('/');
    entries.get(path.slice(0, at))?.children?.push(`${path.slice(at + 1)}${isFolder ? '/' : ''}`);
  }
  return [...entries.values()];
}
