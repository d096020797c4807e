import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

const FOLDERS = ['src', 'test', 'bench', 'scripts'];
/** Knows by its own place whether it was compiled: a worker can't load a payload converter that was not. */
const KNOWS_ITS_PLACE = 'src/temporal/workflow-bundle.ts';

/**
 * Compiles every module once: each test file is a process of its own, and compiling in each of them takes longer than
 * most tests. To itself a module stays where its source is, so that what it finds from there is the same.
 *
 * @param root - folder of the clone
 * @param out - gets the same tree as JavaScript; below `root`, so that packages are found
 */
export async function compileTree(root: string, out: string): Promise<void> {
  const listed = await Promise.all(FOLDERS.map((folder) => readdir(path.join(root, folder), { recursive: true, withFileTypes: true })));
  const files = listed.flat().filter((entry) => entry.isFile()).map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  // the benchmark's peers have packages of their own
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.split(path.sep).includes('node_modules'));
  await Promise.all(sources.map((name) => compile(root, out, name)));
  for (const name of files.filter((file) => file.startsWith('scripts/') && file.endsWith('.mjs'))) await cp(path.join(root, name), path.join(out, name));
}

async function compile(root: string, out: string, name: string): Promise<void> {
  const source = path.join(root, name);
  const place = { 'import.meta.url': JSON.stringify(pathToFileURL(source).href), 'import.meta.dirname': JSON.stringify(path.dirname(source)) };
  const { code } = await transform(await readFile(source, 'utf8'), { loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'inline', sourcefile: source, define: name === KNOWS_ITS_PLACE ? {} : place });
  const file = path.join(out, name.replace(/\.ts$/, '.js'));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, code);
}
