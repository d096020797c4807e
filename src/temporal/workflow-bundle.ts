import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';
import { sha256 } from '../domain/text/hash.js';

const isBuilt = import.meta.url.endsWith('.js');
const SRC = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = path.join(SRC, '../node_modules');
const KEPT = path.join(PACKAGES, '.cache/phasegate');
const PREFIX = 'workflow-bundle-';

/**
 * The module of the payload converter, as the worker loads it by its path: where this code lies, compiled as this is.
 */
export const PAYLOAD_CONVERTER_PATH = path.join(
  import.meta.filename,
  `../payload-converter${path.extname(import.meta.filename)}`,
);

/**
 * The workflow code for a worker: what `npm run build` put beside a built one. From sources it is made once for every
 * state of the sources and packages and kept among these, since making it takes longer than everything else at a start.
 */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  if (isBuilt) return { codePath: path.join(SRC, 'workflow-bundle.js') };
  const codePath = path.join(KEPT, `${PREFIX}${stateOfSources()}.js`);
  if (existsSync(codePath)) return { codePath };
  const code = await makeWorkflowBundle();
  return keep(codePath, code) ? { codePath } : { code };
}

/** Puts the workflow code beside a built worker. */
export async function writeWorkflowBundle(file: string): Promise<void> {
  const bundle = await workflowBundle();
  if ('codePath' in bundle) copyFileSync(bundle.codePath, file);
  else writeFileSync(file, bundle.code);
}

/**
 * Bundles workflows for a worker with our payload converter and interceptors.
 *
 * @param workflowsPath - the module that exports them
 * @returns JavaScript
 */
export async function makeWorkflowBundle(workflowsPath = path.join(SRC, 'workflows/index.ts')): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [path.join(SRC, 'workflows/interceptors.ts')],
    payloadConverterPath: path.join(SRC, 'temporal/payload-converter.ts'),
    logger: new DefaultLogger('WARN'),
  });
  return code;
}

function stateOfSources(): string {
  const entries = readdirSync(SRC, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  const packages = path.join(PACKAGES, '.package-lock.json');
  return sha256(
    [...files, ...(existsSync(packages) ? [packages] : [])]
      .map((file) => `${path.relative(SRC, file)} ${sha256(readFileSync(file))}`)
      .join('\n'),
  ).slice(0, 16);
}

/** Another process may do the same at the same time; packages that can't be written to keep nothing. */
function keep(file: string, code: string): boolean {
  const making = `${file}.${process.pid}`;
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(making, code);
    renameSync(making, file);
    for (const name of readdirSync(KEPT))
      if (name.startsWith(PREFIX) && name.endsWith('.js') && name !== path.basename(file))
        rmSync(path.join(KEPT, name), { force: true });
    return true;
  } catch {
    return false;
  }
}
