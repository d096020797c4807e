import { isJsonObject, type JsonObject, type JsonValue } from '../text/json.js';
import type { Headline } from './blocks.js';
import { orderedNames } from './inline.js';
import type { SchemaView } from './schema-view.js';

const VERDICTS = ['verdict', 'status'];
/** Objects that are looked through for a headline, the outer ones first. */
const MOST_OBJECTS = 100;

/** A headline, and the members of the document that it stands for. */
export interface FoundHeadline extends Headline {
  taken: ReadonlyMap<JsonObject, ReadonlySet<string>>;
}

/**
 * The first string named `summary`, and the first `verdict` or `status` whose schema lists its values. Members of lists
 * are not looked at: they speak of one thing among many.
 *
 * @param document - any JSON value
 */
export function headlineOf(document: JsonValue, root: SchemaView): FoundHeadline {
  const headline: Headline = { summary: null, verdict: null };
  const taken = new Map<JsonObject, Set<string>>();
  const take = (object: JsonObject, name: string): Set<string> =>
    taken.set(object, (taken.get(object) ?? new Set()).add(name)).get(object) ?? new Set();
  const left: { value: JsonValue; view: SchemaView }[] = [{ value: document, view: root }];
  for (let looked = 0; looked < MOST_OBJECTS; looked++) {
    const next = left.shift();
    if (!next) break;
    const { value, view } = next;
    if (!isJsonObject(value)) continue;
    const summary = own(value, 'summary');
    if (headline.summary === null && typeof summary === 'string' && summary.trim() !== '') {
      headline.summary = summary;
      take(value, 'summary');
    }
    for (const name of VERDICTS) {
      const verdict = own(value, name);
      if (headline.verdict !== null || typeof verdict !== 'string' || !view.child(name).isEnum) continue;
      headline.verdict = { name, value: verdict };
      take(value, name);
    }
    for (const name of orderedNames(value, view).slice(0, MOST_OBJECTS))
      left.push({ value: value[name] ?? null, view: view.child(name) });
  }
  return { ...headline, taken };
}

function own(value: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
