import { PhasegateError } from '../../domain/failures.js';
import { gitIn } from '../git/git-in.js';
import type { Worktree } from './worktree.js';

/** Why a file will not be in the commit of its phase. */
export interface Outlook {
  kind: 'ignored' | 'submodule' | 'filter' | 'encoding';
  /** In words for people and models: `ignored by .gitignore (build/)`. */
  why: string;
}

type Place = Pick<Worktree, 'repo' | 'gitDir'>;

/**
 * Tells what git will do with files when everything is committed. It is asked before they are written, and runs no
 * filter.
 *
 * @param paths - from the worktree's folder, without control characters
 * @returns the reason for every file that will not be committed as it is written. `encoding`: git will convert it from
 *   an encoding other than UTF-8.
 */
export async function outlookOf(
  place: Place,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Outlook>> {
  if (paths.length === 0) return new Map();
  const [ignored, attributes] = await Promise.all([
    ignoredOf(place, paths, signal),
    attributesOf(place, paths, signal),
  ]);
  return new Map([...attributes, ...ignored]);
}

async function ignoredOf(
  place: Place,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Outlook>> {
  try {
    // this command takes no literal paths; after ./ no character has a special meaning
    const options = {
      input: joined(paths.map((path) => `./${path}`)),
      okCodes: [0, 1],
      literalPathspecs: false as const,
      signal,
    };
    return readIgnored((await gitIn(place, ['check-ignore', '--verbose', '-z', '--stdin'], options)).text);
  } catch (error) {
    if (!(error instanceof PhasegateError) || signal?.aborted) throw error;
    // when one path is in a submodule, or behind a link, git answers for none of them
    if (paths.length > 1) return merged(paths, (path) => ignoredOf(place, [path], signal));
    if (/is beyond a symbolic link/.test(error.message)) return new Map();
    const submodule = /is in submodule '(?:\.\/)?(.+)'/s.exec(error.message)?.[1];
    if (submodule === undefined) throw error;
    return new Map([
      [paths[0] ?? '', { kind: 'submodule', why: `in the submodule ${submodule}, a repository of its own` }],
    ]);
  }
}

async function merged(
  paths: readonly string[],
  ask: (path: string) => Promise<Map<string, Outlook>>,
): Promise<Map<string, Outlook>> {
  const all = new Map<string, Outlook>();
  for (const path of paths) for (const [key, outlook] of await ask(path)) all.set(key, outlook);
  return all;
}

/** Four fields for each path that a pattern matches: file, line, pattern, path. */
function readIgnored(text: string): Map<string, Outlook> {
  const found = new Map<string, Outlook>();
  const fields = text.split('\0');
  for (let n = 0; n + 3 < fields.length; n += 4) {
    const [source = '', , pattern = '', path = ''] = fields.slice(n, n + 4);
    // the last match may be one that takes the file out again
    if (pattern.startsWith('!')) continue;
    const file = source.endsWith('info/exclude') ? "the repository's info/exclude" : source;
    found.set(path.slice(2), { kind: 'ignored', why: `ignored by ${file} (${pattern})` });
  }
  return found;
}

/** Which of these files would need a filter to convert them. */
export async function filteredOf(place: Place, paths: readonly string[], signal?: AbortSignal): Promise<Set<string>> {
  return ofKind('filter', place, paths, signal);
}

/** Which of these files git converts from another encoding. */
export async function encodedOf(place: Place, paths: readonly string[], signal?: AbortSignal): Promise<Set<string>> {
  return ofKind('encoding', place, paths, signal);
}

async function ofKind(
  wanted: Outlook['kind'],
  place: Place,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  const attributes = await attributesOf(place, paths, signal);
  return new Set([...attributes].filter(([, { kind }]) => kind === wanted).map(([path]) => path));
}

async function attributesOf(
  place: Place,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Outlook>> {
  const { text } = await gitIn(place, ['check-attr', '-z', '--stdin', 'filter', 'working-tree-encoding'], {
    input: joined(paths),
    signal,
  });
  const found = new Map<string, Outlook>();
  const fields = text.split('\0');
  for (let n = 0; n + 2 < fields.length; n += 3) {
    const [path = '', attribute, value = ''] = fields.slice(n, n + 3);
    if (/^(?:unspecified|unset|set)$/.test(value)) continue;
    if (attribute === 'filter' && !isGitsOwn(path))
      found.set(path, { kind: 'filter', why: `behind the attribute filter=${value}, and phasegate runs no filter` });
    else if (attribute === 'working-tree-encoding' && !/^utf-?8$/i.test(value) && !found.has(path))
      found.set(path, { kind: 'encoding', why: `of the encoding ${value} by its attributes` });
  }
  return found;
}

/**
 * Whether a file has git's own patterns or settings. A `filter=` attribute does not keep it out of a commit, so that
 * people can correct a wrong one.
 */
function isGitsOwn(path: string): boolean {
  return /(?:^|\/)\.git(?:attributes|ignore|modules)$/.test(path);
}

function joined(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0`).join('');
}
