import { offload } from '../../../offload/offload.js';
import { inTime } from '../in-time.js';

/**
 * The items whose path matches.
 *
 * @param expression - without the flags g and y
 * @throws ToolRefusal when the pattern takes too long
 */
export async function matching<T>(expression: RegExp, items: readonly T[], pathOf: (item: T) => string): Promise<T[]> {
  if (items.length === 0) return [];
  const indexes = await inTime('the pattern', offload('matchPaths', expression, items.map(pathOf)));
  return indexes.flatMap((index) => items[index] ?? []);
}
