// Which file is run for src/NAME.ts: dist/NAME.js where `npm run build` made it from these very sources and packages;
// else what is compiled here once for every state of the sources, since to compile while a program loads takes longer
// than loading it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { compile } from './compile.mjs';

/** In a built folder: the state of the sources that it was made from. */
export const STAMP = '.sources';
const PREFIX = 'js-';
/** Another state's code is kept for so long: a program that still runs may load more of it. */
const KEPT_MS = 24 * 3_600_000;

/**
 * @param {string} root folder of the clone @param {string} name such as `worker` @returns {Promise<string>} its path;
 * the source's own where nothing can be kept
 */
export async function entryOf(root, name) {
  const state = stateOfSources(root);
  const built = join(root, 'dist', `${name}.js`);
  const stamp = join(root, 'dist', STAMP);
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return built;
  const compiled = await compiledSources(root, state);
  return compiled ? join(compiled, 'src', `${name}.js`) : join(root, 'src', `${name}.ts`);
}

/**
 * @param {string} root folder of the clone @returns {string} changes with any of the files that a build is made from
 */
export function stateOfSources(root) {
  const src = join(root, 'src');
  const sources = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const others = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/compile.mjs'].map((name) =>
    join(root, name),
  );
  const hash = createHash('sha256');
  for (const file of [...sources, ...others].sort())
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

/**
 * The folder with src/ compiled, or null where packages can't be written to. Another process may make the same at the
 * same time.
 */
async function compiledSources(root, state) {
  const kept = join(root, 'node_modules/.cache/phasegate');
  // with the clone's place, which is in the code: a clone can be moved, and packages be a link that two share
  const key = createHash('sha256')
    .update(`${state}\0${resolve(root)}`)
    .digest('hex');
  const folder = join(kept, `${PREFIX}${key.slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  try {
    await compile(root, ['src'], making);
    renameSync(making, folder);
    removeOld(kept, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder) && !['EACCES', 'EROFS', 'EPERM'].includes(error.code)) throw error;
  }
  return existsSync(folder) ? folder : null;
}

function removeOld(kept, current) {
  for (const name of readdirSync(kept)) {
    const folder = join(kept, name);
    if (name.startsWith(PREFIX) && folder !== current && Date.now() - statSync(folder).mtimeMs > KEPT_MS)
      rmSync(folder, { recursive: true, force: true });
  }
}
