import { NO_METER } from '../../src/domain/record/work-meter.js';
// The contenders `phasegate` (argument `artifact`) and `phasegate-empty` (argument `empty`): the worker of
// src/worker.ts with all it has, in this process. With `stub-agent.mjs` loaded before it, it is `phasegate-stub`.
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
// as src/worker.ts does once it works
import '../../src/activities/execute-phase.js';
import { createActivities } from '../../src/activities/index.js';
import { readConfig, SETTINGS, type Config } from '../../src/config.js';
import { WORKFLOW_TYPE } from '../../src/domain/names.js';
import type { RunInput } from '../../src/domain/run-input.js';
import { openMirror } from '../../src/mirror/mirror.js';
import { workerSandbox } from '../../src/sandbox/worker-sandbox.js';
import { createWorker } from '../../src/worker/create-worker.js';
import { installLogging } from '../../src/worker/logging.js';
import { writeCatalog, type TemplateKind } from './catalog.js';
import { countProcesses } from './processes.js';
import { makeRepository } from './repository.js';
import { serve } from './serve.js';
import { countStatements } from './statements.js';
import { REQUIREMENTS } from './task.js';

const kind = process.argv[2] as TemplateKind;

installLogging('INFO', false);
await serve(async ({ temporalAddress, databaseUrl, folder, modelUrl }) => {
  const catalog = writeCatalog(folder, modelUrl);
  const repoPath = makeRepository(folder);
  const taskQueue = `${kind}-${randomUUID()}`;
  const env = { ...catalog.env, DATABASE_URL: databaseUrl, PHASEGATE_TASK_QUEUE: taskQueue };
  const config = readConfig(env, Object.keys(SETTINGS) as (keyof Config)[]);
  const mirror = openMirror(config.databaseUrl);
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const activities = createActivities({ config, mirror, meter: NO_METER, sandbox: workerSandbox(config, {}), env });
  const worker = await createWorker({ connection, namespace: 'default', activities, payloadCodecs: [], ...config });
  const running = worker.run();
  const client = new Client({ connection: await Connection.connect({ address: temporalAddress }) });
  return {
    async run(phases) {
      const input: RunInput = { template: catalog.template(kind, phases), repoPath, requirements: REQUIREMENTS };
      const workflowId = `${kind}-${randomUUID()}`;
      await client.workflow.execute(WORKFLOW_TYPE, { taskQueue, workflowId, args: [input] });
      return workflowId;
    },
    commands: {
      cacheSize: async () => worker.cachedWorkflows,
      processes: async (action) => countProcesses(action as 'begin' | 'end'),
      statements: async (action) => countStatements(action as 'begin' | 'end'),
    },
    async stop() {
      worker.shutdown();
      await running;
      await mirror.close();
    },
  };
});
