import pg from 'pg';

let counts: Map<string, number> | null = null;
type Query = (...args: unknown[]) => unknown;
const prototype = pg.Client.prototype as { query: Query };
const plainQuery = prototype.query;

/**
 * Counts every statement that this process sends to PostgreSQL, by its text with literals left as they are and lists of
 * parameters made one: `begin` starts counting, `end` gives what was counted and stops.
 */
export function countStatements(action: 'begin' | 'end'): Record<string, number> {
  const counted = Object.fromEntries(counts ?? []);
  if (action === 'begin') {
    counts = new Map();
    prototype.query = counting;
  } else {
    counts = null;
    prototype.query = plainQuery;
  }
  return counted;
}

function counting(this: pg.Client, ...args: unknown[]): unknown {
  const [first] = args;
  const text = typeof first === 'string' ? first : (first as { text?: unknown } | undefined)?.text;
  if (typeof text === 'string') {
    const shape = shapeOf(text);
    counts?.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  return plainQuery.apply(this, args);
}

/** One name for a statement whatever the number of its rows. */
function shapeOf(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\$\d+/g, '?')
    .replace(/(\((?:\?|DEFAULT|,|\s)+\))(?:\s*,\s*\((?:\?|DEFAULT|,|\s)+\))+/g, '$1, …')
    .replace(/\?(?:\s*,\s*\?)+/g, '?, …')
    .trim();
}
