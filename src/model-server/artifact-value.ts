import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import { checkPath } from './note-path.js';
import { exampleJson, validator } from './example-json.js';

interface Known {
  value: JsonValue;
  isValid: (value: JsonValue) => boolean;
}

const known = new Map<string, Known>();
const MAX_KNOWN = 200;

/**
 * An artifact that satisfies a schema. Where the schema allows it, its summary says that no model has thought about it.
 *
 * @param subject - what the run is about
 * @param described - the schema as the prompt shows it; its examples are tried first, because a tool's schema has none
 * @throws Error when no valid value was found
 */
export function artifactFor(schema: JsonObject, subject: string, described: JsonObject | null = null): JsonValue {
  const { value, isValid } = lookUp(schema);
  const examples = Array.isArray(described?.examples) ? described.examples : [];
  const best = examples.flatMap((example) => [example, { artifact: example }]).find(isValid) ?? value;
  const labelled = label(best, subject);
  return isValid(labelled) ? labelled : best;
}

/** The same, with a mistake in it, so that the schema refuses it. */
export function brokenArtifactFor(schema: JsonObject): JsonValue {
  const { value, isValid } = lookUp(schema);
  const wrong = isJsonObject(value)
    ? Object.keys(value).flatMap((key): JsonObject[] => [
        omit(value, key),
        { ...value, [key]: isJsonObject(value[key]) ? 7 : {} },
      ])
    : [];
  return [...wrong, {}, 'not what was asked for', null].find((candidate) => !isValid(candidate)) ?? {};
}

function omit(value: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

/** Compiling a schema takes longer than answering: the last few are kept. */
function lookUp(schema: JsonObject): Known {
  const key = JSON.stringify(schema);
  const entry = known.get(key) ?? { value: exampleJson(schema), isValid: validator(schema) };
  known.set(key, entry);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return entry;
}

function label(value: JsonValue, subject: string): JsonValue {
  if (!isJsonObject(value)) return value;
  if (typeof value.summary === 'string')
    return {
      ...value,
      summary: `[scripted model, asked for: ${subject}] ${value.summary}`,
      ...(isJsonObject(value.check) ? { check: noteCheck(subject) } : {}),
    };
  const [only, ...others] = Object.entries(value);
  // write_artifact may wrap the artifact in one argument
  return only && others.length === 0 ? { [only[0]]: label(only[1], subject) } : value;
}

/** A command that fails until the scripted model has made its change; the script is written before. */
function noteCheck(subject: string): JsonObject {
  return { run: `sh ${checkPath(subject)}`, files: [checkPath(subject)] };
}
