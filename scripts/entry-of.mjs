// `node scripts/entry-of.mjs NAME`: makes the clone runnable, and says what Node is given to run src/NAME.ts. That is dist/NAME.js where
// `npm run build` made it from these very sources and packages: it starts half a second sooner. Plain Node without packages.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalledOrExit } from './ensure-installed.mjs';

/** In a built folder: the state of the sources that it was made from. */
export const STAMP = '.sources';

/** @param {string} root folder of the clone @param {string} name such as `worker` @returns {string[]} arguments for Node */
export function entryOf(root, name) {
  const built = join(root, 'dist', `${name}.js`);
  const stamp = join(root, 'dist', STAMP);
  const isCurrent = existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === stateOfSources(root);
  return isCurrent ? [join('dist', `${name}.js`)] : ['--import', 'tsx', join('src', `${name}.ts`)];
}

/** @param {string} root folder of the clone @returns {string} changes with any of the files that a build is made from */
export function stateOfSources(root) {
  const src = join(root, 'src');
  const sources = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const others = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) => join(root, name));
  const hash = createHash('sha256');
  for (const file of [...sources, ...others].sort()) hash.update(`${relative(root, file)}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  ensureInstalledOrExit(root);
  console.log(entryOf(root, process.argv[2] ?? 'worker').join(' '));
}
