import type { Config } from '../config.js';
import type { Backend } from '../domain/template/backends.js';
import type { JsonObject } from '../domain/text/json.js';
import type { Persona } from '../domain/template/persona.js';
import type { Template } from '../domain/template/template.js';
import { readFolder } from './catalog-folder.js';
import { backendNamed, findBackends } from './find-backends.js';
import { findPersonas, type PersonaUse } from './find-personas.js';
import { findTemplate } from './find-template.js';
import { schemaClosure, schemaFile } from './schema-closure.js';
import type { SourceDocument } from './source-document.js';

/** The settings with the places of the files. */
export const CATALOG_SETTINGS = ['templates', 'personas', 'schemas', 'backends'] as const satisfies (keyof Config)[];

/** The places of the files: three folders, and the file of backends. */
export type CatalogPlaces = Pick<Config, (typeof CATALOG_SETTINGS)[number]>;

/**
 * The templates, personas, schemas and backends that runs are made from. Each call reads its files anew. So an edit
 * counts for the next run without a restart, and a broken file stops only runs that use it. Failures: `template_…`,
 * `persona_…`, `schema_…` and `backend(s)_…`. `_not_found` lists what there is; `_invalid` has file, line and column.
 */
export interface Catalog {
  /** @param name - `NAME`, for the highest version, or `NAME@VERSION` */
  template(name: string): Promise<Template>;
  /** All personas, in the order in which they are preferred; see {@link findPersonas}. */
  personas(use?: PersonaUse): Promise<Persona[]>;
  /** @param id - `$id` of a schema */
  schema(id: string): Promise<JsonObject>;
  /** Some schemas and all schemas that they refer to, by `$id`. They are known to compile. */
  schemaClosure(...ids: string[]): Promise<Record<string, JsonObject>>;
  backends(): Promise<Record<string, Backend>>;
  backend(name: string): Promise<Backend>;
}

/** A catalog over folders of files. Nothing is read before it is asked for. */
export function loadCatalog({ templates, personas, schemas, backends }: CatalogPlaces): Catalog {
  const readSchemas = (): Promise<SourceDocument[]> =>
    readFolder(schemas, 'schema_not_found', 'schemas (PHASEGATE_SCHEMAS)');
  return {
    template: (name) => findTemplate(templates, name, readSchemas),
    personas: (use) => findPersonas(personas, use),
    schema: async (id) => schemaFile(id, await readSchemas(), schemas).schema,
    schemaClosure: async (...ids) => {
      const documents = await readSchemas();
      const closures: Record<string, JsonObject>[] = [];
      for (const id of new Set(ids)) closures.push(await schemaClosure(id, documents, schemas));
      return Object.assign({}, ...closures) as Record<string, JsonObject>;
    },
    backends: () => findBackends(backends),
    backend: async (name) => backendNamed(await findBackends(backends), name, backends),
  };
}
