// `npm run build [-- FOLDER]`: JavaScript for production in dist/ (or FOLDER), with the workflow bundle made
// beforehand, so that a worker needs no compiler and starts a second sooner.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWorkflowBundle } from '../src/temporal/workflow-bundle.js';
import { STAMP, stateOfSources } from './entry-of.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = path.resolve(process.argv[2] ?? path.join(root, 'dist'));

rmSync(outDir, { recursive: true, force: true });
const state = stateOfSources(root);
compile();
await writeWorkflowBundle(path.join(outDir, 'workflow-bundle.js'));
writeFileSync(path.join(outDir, STAMP), state);

function compile(): void {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(
    process.execPath,
    [tsc, '-p', path.join(root, 'tsconfig.build.json'), '--outDir', outDir],
    { stdio: 'inherit' },
  );
  // tsc writes what it can even when it finds errors
  if (status !== 0) process.exit(status ?? 1);
}
