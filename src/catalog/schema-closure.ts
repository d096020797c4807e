import { PhasegateError } from '../domain/failures.js';
import { isJsonObject, type JsonObject } from '../domain/text/json.js';
import { refuseProblem, peek } from './checked-document.js';
import { notFound } from './not-found.js';
import { checkSchemas, type SchemaFile } from './check-schemas.js';
import type { SourceDocument } from './source-document.js';
import { subschemas } from '../domain/template/subschemas.js';

/**
 * A schema and every schema that it leads to by `$ref`, by `$id`. All of them are known to compile together (S11).
 * Schemas may refer to each other in circles.
 *
 * @param id - `$id` of the schema to begin with
 * @param documents - all files of the schemas' folder
 * @param folder - the folder that they come from, for messages
 * @throws PhasegateError `schema_not_found` with the place of the reference; `schema_invalid` with file, line and
 *   column
 */
export async function schemaClosure(
  id: string,
  documents: readonly SourceDocument[],
  folder: string,
): Promise<Record<string, JsonObject>> {
  const closure = new Map<string, SchemaFile>();
  const queue: Reference[] = [{ id }];
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (closure.has(next.id) || isMetaSchema(next.id)) continue;
    const file = await referredFile(next, documents, folder);
    closure.set(next.id, file);
    queue.push(...references(next.id, file));
  }
  await checkSchemas(id, closure);
  return Object.fromEntries([...closure].map(([key, { schema }]) => [key, schema]));
}

/** A schema that is asked for, and the place that refers to it. */
interface Reference {
  id: string;
  from?: { document: SourceDocument; pointer: string };
}

async function referredFile(
  { id, from }: Reference,
  documents: readonly SourceDocument[],
  folder: string,
): Promise<SchemaFile> {
  try {
    return schemaFile(id, documents, folder);
  } catch (error) {
    if (!from || !(error instanceof PhasegateError) || error.code !== 'schema_not_found') throw error;
    const { document, pointer } = from;
    const [{ line, column } = { line: 1, column: 1 }] = await document.place([{ pointer, message: '' }]);
    const place = `${document.file}:${line}:${column}: ${pointer}`;
    throw new PhasegateError('schema_not_found', `${place}: ${error.message}`, error.details);
  }
}

/** The one file that has a schema. */
export function schemaFile(id: string, documents: readonly SourceDocument[], folder: string): SchemaFile {
  const [document, twin] = documents.filter((candidate) => peek(candidate, '$id') === id);
  if (!document)
    throw notFound(
      'schema',
      id,
      documents.flatMap((candidate) => peek(candidate, '$id') ?? []),
      folder,
    );
  if (twin) {
    const files = [document.file, twin.file];
    throw new PhasegateError('schema_invalid', `the schema ${id} is in more than one file: ${files.join(', ')}`, {
      files,
    });
  }
  refuseProblem(document, 'schema_invalid');
  if (!isJsonObject(document.value))
    throw new PhasegateError('schema_invalid', `${document.file}: a schema file holds a JSON object`);
  return { schema: document.value, document };
}

function isMetaSchema(id: string): boolean {
  return id.startsWith('https://json-schema.org/draft/2020-12/');
}

/** The outside schemas that a schema refers to, each with the place where it does. */
function references(id: string, { schema, document }: SchemaFile): Reference[] {
  const all = [...subschemas(schema)];
  const embedded = new Set(
    all.flatMap(({ schema: part }) => (typeof part.$id === 'string' ? [absolute(part.$id, id)] : [])),
  );
  return all.flatMap(({ schema: part, pointer }) =>
    (['$ref', '$dynamicRef'] as const).flatMap((keyword) => {
      const ref = part[keyword];
      if (typeof ref !== 'string' || ref.startsWith('#')) return [];
      const target = absolute(ref, id);
      return embedded.has(target) ? [] : [{ id: target, from: { document, pointer: `${pointer}/${keyword}` } }];
    }),
  );
}

/** A reference without its fragment, resolved against the `$id` of its schema. */
function absolute(ref: string, base: string): string {
  const target = ref.split('#')[0] ?? '';
  if (URL.canParse(target)) return target;
  return URL.canParse(target, base) ? new URL(target, base).href : target;
}
