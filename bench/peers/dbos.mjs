// The contender `dbos`: a workflow of steps on PostgreSQL, as DBOS's documentation has it.
import { randomUUID } from 'node:crypto';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { serve } from '../contenders/serve.ts';
import { stepKey } from '../contenders/task.ts';
import { createAsk } from './ask-model.ts';

await serve(async ({ databaseUrl, modelUrl }) => {
  const ask = createAsk(modelUrl);
  const steps = DBOS.registerWorkflow(
    async (phases) => {
      const artifacts = {};
      for (let index = 0; index < phases; index++) {
        const key = stepKey(index);
        artifacts[key] = await DBOS.runStep(() => ask(key, artifacts), { name: key });
      }
      return artifacts;
    },
    { name: 'steps' },
  );
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, logLevel: 'error' });
  await DBOS.launch();
  return {
    async run(phases) {
      const workflowID = randomUUID();
      const handle = await DBOS.startWorkflow(steps, { workflowID })(phases);
      const artifacts = await handle.getResult();
      if (Object.keys(artifacts).length !== phases)
        throw new Error(`${workflowID} left ${Object.keys(artifacts).length} artifacts`);
      return workflowID;
    },
    stop: () => DBOS.shutdown(),
  };
});
