// `node scripts/run.mjs NAME [ARGUMENT …]`: makes the clone runnable, and runs src/NAME.ts out of dist/ (build.mjs).
// Plain Node without packages, in this very process: to start another takes as long as all of this.
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
// a clone that can't be written to: as slow as it is to compile while the program loads, it works
if (!isBuilt) await import('tsx');
const file = join(root, isBuilt ? `dist/${name}.js` : `src/${name}.ts`);
process.argv = [node, file, ...args];
await import(pathToFileURL(file).href);
