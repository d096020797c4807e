import type { ErrorObject } from 'ajv/dist/2020.js';
import { PhasegateError } from '../domain/failures.js';
import type { JsonObject } from '../domain/text/json.js';
import type { SchemaFault } from '../offload/examine-schemas.js';
import { offload, TookTooLong } from '../offload/offload.js';
import { fileError } from './checked-document.js';
import type { Issue } from '../offload/parsed-source.js';
import { schemaIssues, show } from '../offload/schema-issues.js';
import type { SourceDocument } from './source-document.js';

/** A schema with the file that it comes from. */
export interface SchemaFile {
  schema: JsonObject;
  document: SourceDocument;
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
// RFC 8141; ajv says of any other id only that it "cannot be serialized"
const URN = /^urn:[a-z0-9][a-z0-9-]{0,31}:./i;

/**
 * Checks whether schemas are valid JSON Schema 2020-12 and compile together, in the same way as artifacts are validated
 * later.
 *
 * @param id - `$id` of the schema against which artifacts are validated
 * @throws PhasegateError `schema_invalid` with file, line and column
 */
export async function checkSchemas(id: string, files: ReadonlyMap<string, SchemaFile>): Promise<void> {
  for (const { schema, document } of files.values()) {
    const issue = headIssue(schema);
    if (issue) throw await fileError(document, 'schema_invalid', [issue]);
  }
  const fault = await examine(id, files);
  if (fault === null) return;
  if (fault.kind === 'not_compiled') {
    const names = [...files.values()].map(({ document }) => document.file).join(', ');
    throw new PhasegateError('schema_invalid', `${names}: ${fault.message}`);
  }
  const { schema, document } = files.get(fault.id) as SchemaFile;
  throw await fileError(
    document,
    'schema_invalid',
    fault.kind === 'slips' ? fault.slips : metaIssues(fault.errors, schema),
  );
}

/** This runs beside the one thread that all runs share: a schema of 25 kB held that thread for 9 s. */
async function examine(id: string, files: ReadonlyMap<string, SchemaFile>): Promise<SchemaFault | null> {
  try {
    return await offload(
      'examineSchemas',
      id,
      Object.fromEntries([...files].map(([key, { schema }]) => [key, schema])),
    );
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    return {
      kind: 'not_compiled',
      message: `to check the schema ${id} ${error.message}: make it smaller, or its patterns simpler`,
    };
  }
}

/** A wrong schema fails several branches of the meta-schema at one place. The first of them says it best. */
function metaIssues(errors: ErrorObject[], schema: JsonObject): Issue[] {
  const issues = schemaIssues(errors, schema).filter(({ message }) => !message.startsWith('must match a schema'));
  return issues.length > 0 ? issues : [{ pointer: '', message: 'is not valid JSON Schema 2020-12' }];
}

/** The mistakes for which ajv throws an exception instead of giving an error. */
function headIssue({ $id, $schema = DIALECT }: JsonObject): Issue | undefined {
  if (typeof $id === 'string' && $id.startsWith('urn:') && !URN.test($id)) {
    return { pointer: '/$id', message: `${$id} is not a valid URN: write urn:NAMESPACE:NAME` };
  }
  if ($schema !== DIALECT)
    return {
      pointer: '/$schema',
      message: `only JSON Schema 2020-12 is known here (${DIALECT}); found ${show($schema)}`,
    };
  return undefined;
}
