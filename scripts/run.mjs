// `node scripts/run.mjs NAME [ARGUMENT …]`: makes the clone runnable, and runs src/NAME.ts from dist/ (build.mjs). It
// is plain Node without packages, and runs the program in this same process: to start another process would take as
// long as all of this.
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalledOrExit } from './ensure-installed.mjs';

// Node 22 keeps what it has compiled, and starts faster the next time
module.enableCompileCache?.();
const root = fileURLToPath(new URL('..', import.meta.url));
const [node, , name, ...args] = process.argv;
await ensureInstalledOrExit(root);
const isBuilt = await ensureBuilt(root, { bundle: /^(worker|local\/)/.test(name) });
// in a clone that can't be written to it works, but it compiles while the program loads, which is slower
if (!isBuilt) await import('tsx');
const file = join(root, isBuilt ? `dist/${name}.js` : `src/${name}.ts`);
process.argv = [node, file, ...args];
await import(pathToFileURL(file).href);
