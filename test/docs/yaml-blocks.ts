import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CatalogPlaces } from '../../src/catalog/catalog.js';
import type { Block } from './pages.js';

/**
 * Writes the YAML blocks of the documentation where a catalog finds them. What stands behind the fence says what a
 * block is.
 *
 * @returns the places, and the names of the templates
 */
export async function writeCatalog(
  found: readonly Block[],
  folder: string,
): Promise<{ places: Omit<CatalogPlaces, 'schemas'>; names: string[] }> {
  const places = {
    templates: path.join(folder, 'templates'),
    personas: path.join(folder, 'personas'),
    backends: path.join(folder, 'backends.yaml'),
  };
  await mkdir(places.templates, { recursive: true });
  await mkdir(places.personas, { recursive: true });
  const names: string[] = [];
  for (const { label, text } of found) {
    const name = /^name: (\S+)$/m.exec(text)?.[1] ?? '';
    if (label === 'template') {
      names.push(name);
      await writeFile(path.join(places.templates, `${name}.yaml`), text);
    }
    if (label === 'persona') await writeFile(path.join(places.personas, `${name}.yaml`), text);
    if (label === 'backends') await writeFile(places.backends, text);
  }
  return { places, names };
}
