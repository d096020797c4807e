// Makes dist/: the TypeScript of src/ as JavaScript, file by file, and the workflows as one bundle. `npm run build`
// makes all of it. Every command of a clone makes the part that it needs, when the sources have changed. This is plain
// Node with esbuild: the code takes under a second, and the bundle two seconds more.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from './with-lock.mjs';

/** @typedef {{ bundle: boolean }} Needs `bundle`: the workflows too, which a worker runs */

const BUNDLE = 'workflow-bundle.js';
/** A part of a build. Its file says from which state of which sources the part was made. */
const PARTS = {
  code: { stamp: '.sources', sources: ['src'] },
  bundle: { stamp: '.workflow-sources', sources: ['src/workflows', 'src/domain', 'src/temporal/payload-converter.ts'] },
};
/** Files on which both parts depend. */
const TOOLS = ['scripts/build.mjs', 'package-lock.json', 'tsconfig.json'];
const CANNOT_WRITE = ['EACCES', 'EROFS', 'EPERM'];

/**
 * Makes dist/ where it is not up to date. When several processes want it, one makes it and the others wait. It is put
 * in place when it is complete, so a process that is killed leaves the build of before.
 *
 * @param {string} root folder of the clone
 * @param {Needs} needs
 * @returns {Promise<boolean>} false where it is not up to date and nothing can be written
 */
export async function ensureBuilt(root, needs) {
  if (isUpToDate(root, needs)) return true;
  try {
    await withLock(join(root, '.phasegate', 'build.lock'), 'building', async () => {
      if (!isUpToDate(root, needs)) await build(root, needs);
    });
    return true;
  } catch (error) {
    if (CANNOT_WRITE.includes(error.code)) return false;
    throw error;
  }
}

function isUpToDate(root, { bundle }) {
  return isMade(root, PARTS.code) && (!bundle || isMade(root, PARTS.bundle));
}

async function build(root, { bundle }) {
  const dist = join(root, 'dist');
  removeLeftOver(root);
  const making = `${dist}.${process.pid}`;
  const states = { code: stateOf(root, PARTS.code), bundle: stateOf(root, PARTS.bundle) };
  try {
    await transpile(join(root, 'src'), ['.'], making);
    if (isMade(root, PARTS.bundle)) cpSync(join(dist, BUNDLE), join(making, BUNDLE));
    else if (bundle) await writeBundle(making);
    if (existsSync(join(making, BUNDLE))) writeFileSync(join(making, PARTS.bundle.stamp), states.bundle);
    writeFileSync(join(making, PARTS.code.stamp), states.code);
    if (existsSync(dist)) renameSync(dist, `${making}.old`);
    renameSync(making, dist);
  } finally {
    removeLeftOver(root);
  }
}

/**
 * A worker keeps the bundle and its source map in two threads. Without spaces, without the sources' text and in ASCII
 * they take 0.75 MB of memory each time; as esbuild makes them they would take 4.5 MB.
 */
async function writeBundle(folder) {
  const { makeWorkflowBundle } = await import(pathToFileURL(join(folder, 'worker/workflow-bundle.js')).href);
  const { transform, stop } = await import('esbuild');
  const kept = { minifyWhitespace: true, charset: 'ascii', sourcemap: 'inline', sourcesContent: false };
  try {
    const { code } = await transform(await makeWorkflowBundle(), {
      ...kept,
      sourcefile: BUNDLE,
      legalComments: 'none',
    });
    writeFileSync(join(folder, BUNDLE), code);
  } finally {
    await stop();
  }
}

/** Removes the folders that killed builds left. */
function removeLeftOver(root) {
  for (const name of readdirSync(root))
    if (/^dist\.\d+(\.old)?$/.test(name)) rmSync(join(root, name), { recursive: true, force: true });
}

function isMade(root, part) {
  const stamp = join(root, 'dist', part.stamp);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === stateOf(root, part);
}

/** A text that changes with any of the files that a part is made from. */
function stateOf(root, { sources }) {
  const hash = createHash('sha256');
  for (const file of [...sources, ...TOOLS].flatMap((place) => filesIn(join(root, place))))
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

/** The files in a folder and below it, sorted; or the file itself. */
function filesIn(place) {
  if (!statSync(place).isDirectory()) return [place];
  const entries = readdirSync(place, { recursive: true, withFileTypes: true });
  // the benchmark's peers have packages of their own
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.split(sep).includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Compiles without checking the types.
 *
 * @param {string} base @param {string[]} folders below it
 * @param {string} out gets the same tree as JavaScript
 */
export async function transpile(base, folders, out) {
  const files = folders.flatMap((folder) => filesIn(join(base, folder)));
  const { build: run, stop } = await import('esbuild');
  try {
    const { outputFiles } = await run({
      entryPoints: files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')),
      outbase: base,
      outdir: out,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      // files of their own, because Node reads them only with --enable-source-maps
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'silent',
      // if esbuild's own process wrote them, it would go on when this one is killed
      write: false,
    });
    for (const { path, contents } of outputFiles) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, contents);
    }
  } finally {
    // otherwise esbuild's process would stay as long as this one
    await stop();
  }
  for (const file of files.filter((name) => name.endsWith('.mjs'))) cpSync(file, join(out, relative(base, file)));
}

// `npm run build [-- FOLDER]`: with a folder, a copy goes there
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  if (!(await ensureBuilt(root, { bundle: true }))) throw new Error(`${join(root, 'dist')} can't be written`);
  if (process.argv[2]) cpSync(join(root, 'dist'), resolve(process.argv[2]), { recursive: true });
}
