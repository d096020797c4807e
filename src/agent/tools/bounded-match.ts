import vm from 'node:vm';
import { ToolRefusal } from './agent-tool.js';

/** Longest time the event loop is held by one batch. */
const BATCH_MS = 250;

const FILTER = new vm.Script('items.filter((item) => expression.test(item))');
const FIND = new vm.Script('items.flatMap((item, index) => expression.test(item) ? [index] : [])');

/**
 * The items that match. A pattern of a model may need exponential time; V8 can interrupt a regular expression, but only
 * from a vm script with a time limit.
 *
 * @param expression - without the flags g and y
 * @throws ToolRefusal when the pattern takes too long
 */
export function matchingItems(expression: RegExp, items: readonly string[]): string[] {
  return Array.from(run(FILTER, expression, items) as string[]);
}

/** Like {@link matchingItems}, but gives the places of the matching items. */
export function matchingIndexes(expression: RegExp, items: readonly string[]): number[] {
  return Array.from(run(FIND, expression, items) as number[]);
}

// one for all: making one costs more than most searches
const context = vm.createContext({});

function run(script: vm.Script, expression: RegExp, items: readonly string[]): unknown {
  if (items.length === 0) return [];
  try {
    return script.runInContext(Object.assign(context, { expression, items }), { timeout: BATCH_MS });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new ToolRefusal('the pattern takes too long to match; use a simpler one, or literal text');
  }
}
