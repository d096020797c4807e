// `node scripts/run.mjs NAME [ARGUMENT …]`: makes the clone runnable, and runs src/NAME.ts as it is compiled
// (entry-of.mjs). Plain Node without packages, in this very process: to start another takes as long as all of this.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureInstalledOrExit } from './ensure-installed.mjs';
import { entryOf } from './entry-of.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [node, , name, ...args] = process.argv;
ensureInstalledOrExit(root);
const file = await entryOf(root, name);
process.argv = [node, file, ...args];
if (file.endsWith('.ts')) await import('tsx');
await import(pathToFileURL(file).href);
