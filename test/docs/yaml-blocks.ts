import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CatalogPlaces } from '../../src/catalog/catalog.js';
import type { Block } from './pages.js';

/**
 * Writes the YAML blocks of the documentation where a catalog finds them. What stands behind the fence says what a block is.
 *
 * @returns the places, and the names of the templates
 */
export async function writeCatalog(found: readonly Block[], folder: string): Promise<Omit<CatalogPlaces, 'schemasDir'> & { templates: string[] }> {
  const places = { templatesDir: path.join(folder, 'templates'), personasDir: path.join(folder, 'personas'), backendsFile: path.join(folder, 'backends.yaml') };
  await mkdir(places.templatesDir, { recursive: true });
  await mkdir(places.personasDir, { recursive: true });
  const templates: string[] = [];
  for (const { label, text } of found) {
    const name = /^name: (\S+)$/m.exec(text)?.[1] ?? '';
    if (label === 'template') {
      templates.push(name);
      await writeFile(path.join(places.templatesDir, `${name}.yaml`), text);
    }
    if (label === 'persona') await writeFile(path.join(places.personasDir, `${name}.yaml`), text);
    if (label === 'backends') await writeFile(places.backendsFile, text);
  }
  return { ...places, templates };
}
