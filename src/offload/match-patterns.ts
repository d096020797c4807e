import { leadsToPattern, matchesPattern, pathPattern } from '../domain/check/path-pattern.js';

/** A path that a change touched. */
interface ChangedPath {
  path: string;
  /** Whether it is a symbolic link now, or a submodule. */
  isLink: boolean;
}

/**
 * The positions of the patterns that match none of the paths.
 *
 * @param patterns - see `pathPattern`
 * @param listing - the paths, each with a NUL behind it, as git lists them
 */
export function idlePatterns(patterns: readonly string[], listing: Uint8Array): number[] {
  const paths = Buffer.from(listing).toString('utf8').split('\0');
  const idle = new Map(patterns.map((pattern, index) => [index, pathPattern(pattern)]));
  for (const path of paths) {
    if (idle.size === 0) break;
    for (const [index, pattern] of idle) if (matchesPattern(pattern, path)) idle.delete(index);
  }
  return [...idle.keys()];
}

/**
 * Those of the changed paths that a pattern means. A link also counts where a pattern needs a folder: the pattern's
 * files are then those that the link leads to.
 *
 * @param patterns - see `pathPattern`
 */
export function matchPatterns(patterns: readonly string[], changed: readonly ChangedPath[]): string[] {
  const all = patterns.map(pathPattern);
  return changed
    .filter(({ path, isLink }) =>
      all.some((pattern) => matchesPattern(pattern, path) || (isLink && leadsToPattern(pattern, path))),
    )
    .map(({ path }) => path);
}
