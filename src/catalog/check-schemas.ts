import { compileValidator } from '../domain/artifact-validation.js';
import { PhasegateError } from '../domain/failures.js';
import type { JsonObject } from '../domain/text/json.js';
import { metaSchemaErrors } from '../domain/template/meta-schema.js';
import { fileError } from './checked-document.js';
import { schemaIssues, show } from './schema-issues.js';
import type { Issue, SourceDocument } from './source-document.js';
import { schemaSlips } from '../domain/template/schema-rules.js';

/** A schema with the file it comes from. */
export interface SchemaFile {
  schema: JsonObject;
  document: SourceDocument;
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
// RFC 8141; ajv says of another only that it "cannot be serialized"
const URN = /^urn:[a-z0-9][a-z0-9-]{0,31}:./i;

/**
 * Finds out whether schemas are valid JSON Schema 2020-12 and compile together, the way artifacts are validated later.
 *
 * @param id - `$id` of the schema that artifacts are validated against
 * @throws PhasegateError `schema_invalid` with file, line and column
 */
export function checkSchemas(id: string, files: ReadonlyMap<string, SchemaFile>): void {
  for (const { schema, document } of files.values()) {
    const issue = headIssue(schema);
    if (issue) throw fileError(document, 'schema_invalid', [issue]);
    const errors = metaSchemaErrors(schema);
    if (errors.length === 0) {
      const slips = schemaSlips(schema);
      if (slips.length > 0) throw fileError(document, 'schema_invalid', slips);
      continue;
    }
    // a wrong schema fails several branches of the meta-schema at one place: the first says it best
    const issues = schemaIssues(errors, schema).filter(({ message }) => !message.startsWith('must match a schema'));
    throw fileError(document, 'schema_invalid', issues.length > 0 ? issues : [{ pointer: '', message: 'is not valid JSON Schema 2020-12' }]);
  }
  try {
    compileValidator(id, Object.fromEntries([...files].map(([key, { schema }]) => [key, schema])));
  } catch (error) {
    const names = [...files.values()].map(({ document }) => document.file).join(', ');
    throw new PhasegateError('schema_invalid', `${names}: ${(error as Error).message}`, {}, { cause: error });
  }
}

/** What ajv answers with an exception instead of an error. */
function headIssue({ $id, $schema = DIALECT }: JsonObject): Issue | undefined {
  if (typeof $id === 'string' && $id.startsWith('urn:') && !URN.test($id)) {
    return { pointer: '/$id', message: `${$id} is no valid URN: write urn:NAMESPACE:NAME` };
  }
  if ($schema !== DIALECT) return { pointer: '/$schema', message: `only JSON Schema 2020-12 is known here (${DIALECT}); found ${show($schema)}` };
  return undefined;
}
