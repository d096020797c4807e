import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleOption } from '@temporalio/worker';
import { PhasegateError } from '../domain/failures.js';
import { PACKAGE_ROOT } from '../package-root.js';

const HERE = import.meta.dirname;
const EXTENSION = path.extname(import.meta.filename);
const SRC = path.join(PACKAGE_ROOT, 'src');

/** The module of the payload converter. The worker loads it by its path, compiled in the same way as this one. */
export const PAYLOAD_CONVERTER_PATH = path.join(HERE, `../temporal/payload-converter${EXTENSION}`);

/**
 * The workflow code for a worker. A build has it (scripts/build.mjs). A worker that runs from the sources makes it
 * anew; that takes longer than everything else at a start.
 *
 * @throws PhasegateError `config_invalid` where a build does not have it
 */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  if (EXTENSION === '.ts') return { code: await makeWorkflowBundle() };
  const codePath = path.join(HERE, '..', 'workflow-bundle.js');
  if (existsSync(codePath)) return { codePath };
  throw new PhasegateError('config_invalid', `${codePath} is missing; run: npm run build`);
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
