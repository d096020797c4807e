// The contender `restate`: a Restate workflow of durable steps, as Restate's documentation has it. The server is a
// process of its own.
import { randomUUID } from 'node:crypto';
import './promise-with-resolvers.mjs';
import * as restate from '@restatedev/restate-sdk';
import * as clients from '@restatedev/restate-sdk-clients';
import { freePort } from '../../src/local/processes/ports.ts';
import { serve } from '../contenders/serve.ts';
import { stepKey } from '../contenders/task.ts';
import { createAsk } from './ask-model.ts';

await serve(async ({ modelUrl, restate: server }) => {
  const ask = createAsk(modelUrl);
  const steps = restate.workflow({
    name: 'steps',
    handlers: {
      run: async (ctx, phases) => {
        const artifacts = {};
        for (let index = 0; index < phases; index++) {
          const key = stepKey(index);
          artifacts[key] = await ctx.run(key, () => ask(key, artifacts));
        }
        return artifacts;
      },
    },
  });
  const port = await freePort(0);
  await restate.serve({ services: [steps], port });
  await register(`${server.adminUrl}/deployments`, `http://127.0.0.1:${port}`);
  const ingress = clients.connect({ url: server.ingressUrl });
  return {
    async run(phases) {
      const workflow = ingress.workflowClient(steps, randomUUID());
      const { invocationId } = await workflow.workflowSubmit(phases);
      const artifacts = await workflow.workflowAttach();
      if (Object.keys(artifacts).length !== phases)
        throw new Error(`${invocationId} left ${Object.keys(artifacts).length} artifacts`);
      return invocationId;
    },
    stop: async () => {},
  };
});

async function register(url, uri) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri }),
  });
  if (!response.ok) throw new Error(`Restate did not take the deployment: ${response.status} ${await response.text()}`);
}
