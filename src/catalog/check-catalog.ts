import { compileValidator, formatError } from '../domain/artifact-validation.js';
import { PhasegateError } from '../domain/failures.js';
import type { Template } from '../domain/template/template.js';
import type { JsonObject } from '../domain/text/json.js';
import { readFolder } from './catalog-folder.js';
import { loadCatalog, type CatalogPlaces } from './catalog.js';
import { peek } from './checked-document.js';

/** What was looked at, and what is wrong with it; null where nothing is. */
export interface CatalogFinding {
  what: string;
  fault: PhasegateError | null;
}

/**
 * Looks at every template with the schemas that it needs, at the personas and at the backends, as a run would. Nothing
 * but files is read.
 */
export async function checkCatalog(places: CatalogPlaces): Promise<CatalogFinding[]> {
  const catalog = loadCatalog(places);
  const findings: CatalogFinding[] = [];
  const look = async <T>(what: string, read: () => Promise<T>): Promise<T | null> => {
    try {
      const found = await read();
      findings.push({ what, fault: null });
      return found;
    } catch (error) {
      if (!(error instanceof PhasegateError)) throw error;
      findings.push({ what, fault: error });
      return null;
    }
  };
  const schemas = new Set<string>();
  for (const name of await templateNames(places.templates)) {
    const template = await look(`template ${name}`, () => catalog.template(name));
    for (const id of template ? schemasOf(template) : []) schemas.add(id);
  }
  for (const id of schemas) await look(`schema ${id}`, async () => checkExamples(id, await catalog.schemaClosure(id)));
  await look('personas', () => catalog.personas());
  await look('backends', () => catalog.backends());
  return findings;
}

/** Every template of the folder, with its version. */
async function templateNames(folder: string): Promise<string[]> {
  const documents = await readFolder(folder, 'template_not_found', 'templates (PHASEGATE_TEMPLATES)', 'template');
  return documents.map((document) => {
    const [name, version] = [peek(document, 'name'), peek(document, 'version')];
    // a file that is too broken to tell its name goes by its own
    const own = name ?? document.file.replace(/^.*\/|\.[^.]*$/g, '');
    return version === undefined ? own : `${own}@${version}`;
  });
}

function schemasOf({ phases }: Template): string[] {
  return phases.flatMap(({ artifact }) => artifact?.schema ?? []);
}

/** An example that does not satisfy its own schema misleads the agent that reads it. */
function checkExamples(id: string, schemas: Readonly<Record<string, JsonObject>>): void {
  const examples = schemas[id]?.examples;
  if (!Array.isArray(examples)) return;
  const validate = compileValidator(id, schemas);
  for (const [index, example] of examples.entries()) {
    const [error] = validate(example);
    if (error)
      throw new PhasegateError('schema_invalid', `${id}: examples/${index} is not valid: ${formatError(error)}`);
  }
}
