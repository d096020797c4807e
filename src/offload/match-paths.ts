/**
 * The positions of the paths that match.
 *
 * @param expression - without the flags g and y
 */
export function matchPaths(expression: RegExp, paths: readonly string[]): number[] {
  return paths.flatMap((path, index) => (expression.test(path) ? [index] : []));
}
