// The contender `floor`: a workflow that calls one no-op activity per phase, with phasegate's own worker settings.
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { readConfig } from '../../src/config.js';
import type { Activities } from '../../src/domain/activity-contract.js';
import { createWorker } from '../../src/worker/create-worker.js';
import { installLogging } from '../../src/worker/logging.js';
import { makeWorkflowBundle } from '../../src/worker/workflow-bundle.js';
import type { FloorActivities } from './floor-workflow.js';
import { serve } from './serve.js';

installLogging('INFO', false);
await serve(async ({ temporalAddress }) => {
  const taskQueue = `floor-${randomUUID()}`;
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const workflowsPath = fileURLToPath(new URL('./floor-workflow.ts', import.meta.url));
  const activities: FloorActivities = { noop: async () => {} };
  const worker = await createWorker({
    payloadCodecs: [],
    connection,
    namespace: 'default',
    taskQueue,
    // createWorker takes ours; these are the floor's own
    activities: activities as unknown as Activities,
    ...readConfig({}, ['concurrentPhases', 'shutdownGraceMs']),
    workflowBundle: { code: await makeWorkflowBundle(workflowsPath) },
  });
  const running = worker.run();
  const client = new Client({ connection: await Connection.connect({ address: temporalAddress }) });
  return {
    async run(phases) {
      const workflowId = `floor-${randomUUID()}`;
      await client.workflow.execute('floorRun', { taskQueue, workflowId, args: [phases] });
      return workflowId;
    },
    async stop() {
      worker.shutdown();
      await running;
    },
  };
});
