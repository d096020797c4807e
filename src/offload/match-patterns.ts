import { matchesPattern, pathPattern } from '../domain/check/path-pattern.js';

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
 * For each path the position of the first pattern that matches it, or -1.
 *
 * @param patterns - see `pathPattern`
 */
export function matchPatterns(patterns: readonly string[], paths: readonly string[]): number[] {
  const all = patterns.map(pathPattern);
  return paths.map((path) => all.findIndex((pattern) => matchesPattern(pattern, path)));
}
