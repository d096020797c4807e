import { bundleWorkflowCode, DefaultLogger, Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { PAYLOAD_CONVERTER_PATH, WORKFLOWS_PATH } from '../../src/temporal/create-worker.js';

Runtime.install({ logger: new DefaultLogger('ERROR', (entry) => void (process.env.PHASEGATE_TEST_LOGS && console.error(entry))) });

let made: Promise<WorkflowBundleOption> | undefined;

/** The workflow bundle: made once for a whole test run by the runner, else once in this process. */
export function workflowBundle(): Promise<WorkflowBundleOption> {
  const codePath = process.env.PHASEGATE_TEST_BUNDLE;
  made ??= codePath ? Promise.resolve({ codePath }) : bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, payloadConverterPath: PAYLOAD_CONVERTER_PATH, logger: new DefaultLogger('ERROR') });
  return made;
}
