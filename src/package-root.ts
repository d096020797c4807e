import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The folder with phasegate's package.json, without a slash at the end. It is a clone, or the place in an image. Files
 * that come with phasegate (templates, schemas, migrations) are found from there. This code may be in its `src` or in
 * its `dist`.
 */
export const PACKAGE_ROOT = nearest('package.json', import.meta.dirname);

function nearest(name: string, folder: string): string {
  if (existsSync(path.join(folder, name))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error(`${name} of phasegate is missing: it belongs beside the folder of this code`);
  return nearest(name, parent);
}
