import type { Config } from '../config.js';
import type { CatalogPlaces } from './catalog.js';

/** The catalog's places, out of the configuration. */
export function catalogPlaces({ templates, personas, schemas, backends }: Pick<Config, 'templates' | 'personas' | 'schemas' | 'backends'>): CatalogPlaces {
  return { templatesDir: templates, personasDir: personas, schemasDir: schemas, backendsFile: backends };
}
