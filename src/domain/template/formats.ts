import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';

/** Longest URL that is checked; real ones are shorter. Only this format's expression takes quadratic time. */
const LONGEST_URL = 4_000;

/** Formats of 2020-12 that are not checked: they are only notes. */
const UNCHECKED = ['idn-email', 'idn-hostname', 'iri', 'iri-reference'];

/** Adds the formats to an instance of ajv. Each takes linear time (tested with strings of 1 MB). */
export function addFormats(ajv: Ajv2020): Ajv2020 {
  formats.default.default(ajv);
  const url = ajv.formats.url as RegExp;
  ajv.addFormat('url', (text: string) => text.length <= LONGEST_URL && url.test(text));
  for (const name of UNCHECKED) ajv.addFormat(name, true);
  return ajv;
}

/** The names that a schema may have as its `format`. */
export const KNOWN_FORMATS: ReadonlySet<string> = new Set(
  Object.keys(addFormats(new Ajv2020({ meta: false })).formats),
);
