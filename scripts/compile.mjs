// TypeScript to JavaScript, file by file and without a look at the types: what runs need, in under a second. Plain Node
// with esbuild.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Compiles folders of a clone. To itself a module stays where its source is, so that what it finds from there is the
 * same:
 * only `import.meta.filename` tells where the code lies.
 *
 * @param {string} root folder of the clone
 * @param {string[]} folders below it
 * @param {string} out gets the same tree as JavaScript; below `root`, so that packages are found
 */
export async function compile(root, folders, out) {
  const { stop, transform } = await import('esbuild');
  const listed = await Promise.all(
    folders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
  );
  const files = listed
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  // the benchmark's peers have packages of their own
  const own = files.filter((file) => !file.split(sep).includes('node_modules') && !file.endsWith('.d.ts'));
  try {
    await Promise.all(
      own.map(async (name) => {
        const source = join(root, name);
        const file = join(out, name);
        await mkdir(dirname(file), { recursive: true });
        if (name.endsWith('.ts')) await compileFile(transform, source, file.replace(/\.ts$/, '.js'));
        else if (name.endsWith('.mjs')) await cp(source, file);
      }),
    );
  } finally {
    // its process would stay as long as this one
    await stop();
  }
}

async function compileFile(transform, source, file) {
  const place = {
    'import.meta.url': JSON.stringify(pathToFileURL(source).href),
    'import.meta.dirname': JSON.stringify(dirname(source)),
  };
  const { code, map } = await transform(await readFile(source, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'external',
    sourcefile: source,
    define: place,
  });
  // a file of its own: Node reads it only where it runs with --enable-source-maps
  await writeFile(`${file}.map`, map);
  await writeFile(file, `${code}//# sourceMappingURL=${basename(file)}.map\n`);
}
