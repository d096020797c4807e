import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { clientOf } from '../client/support.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;

let stack: TestStack;
before(async () => {
  stack = await startTestStack({}, { worker: 'own' });
});
after(async () => {
  killWorkers();
  await stack.stop();
});

/** A namespace with such search attributes. */
async function makeNamespace(searchAttributes: Record<string, number>): Promise<string> {
  const namespace = `attributes-${randomUUID()}`;
  const { workflowService, operatorService } = stack.client.connection;
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('7 days') });
  await until(() =>
    operatorService.listSearchAttributes({ namespace }).then(
      () => true,
      () => false,
    ),
  );
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
  await until(async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return Object.keys(searchAttributes).every((name) => customAttributes?.[name] === searchAttributes[name]);
  });
  return namespace;
}

test(
  'a search attribute of another type: worker and doctor refuse it with the commands that mend it, and they do',
  { timeout: 120_000 },
  async () => {
    const namespace = await makeNamespace({
      RunCostUsd: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      RunGate: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
      RunState: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    });
    const worker = startWorkerProcess(stack, { TEMPORAL_NAMESPACE: namespace });
    assert.equal(
      await Promise.race([
        worker.ended,
        worker.ready.then(
          () => 'ready',
          () => new Promise(() => {}),
        ),
      ]),
      1,
      worker.output(),
    );
    const said = worker.output();
    assert.match(said, /config_invalid: .*RunGate must be of type KeywordList.*RunCostUsd must be of type Double/);
    assert.doesNotMatch(said, /RunState must/);
    const client = clientOf(stack, { TEMPORAL_NAMESPACE: namespace });
    const sick = await client('doctor');
    assert.equal(sick.code, 1);
    assert.match(
      sick.stdout,
      /FAIL +search attributes have another type than runs write: RunGate, RunCostUsd\n +→ .*search-attribute remove/,
    );
    for (const name of ['RunGate', 'RunCostUsd'])
      assert.ok(said.includes(`remove --namespace ${namespace} --name ${name} --yes`), said);

    // what the commands do
    const { operatorService } = stack.client.connection;
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['RunGate', 'RunCostUsd'] });
    const mended = startWorkerProcess(stack, { TEMPORAL_NAMESPACE: namespace });
    await mended.ready;
    assert.match((await client('doctor')).stdout, /ok +search attributes are registered, with their types/);
    mended.process.kill('SIGTERM');
    await mended.ended;
  },
);
