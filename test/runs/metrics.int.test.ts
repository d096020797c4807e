import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort } from '../../src/local/processes/ports.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';
import { until } from '../support/until.js';
import { killWorkers, startWorkerProcess } from '../support/worker-process.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack({}, { worker: 'own' });
  await stack.template('measured', [{ key: 'design', gates: ['lead'] }]);
});
after(async () => {
  killWorkers();
  await stack.stop();
});

test('what a run did is in the metrics of its worker, once, and nothing that a person or an agent wrote', async () => {
  const port = await freePort();
  const worker = startWorkerProcess(stack, { PHASEGATE_METRICS_ADDRESS: `127.0.0.1:${port}` });
  await worker.ready;
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const handle = await stack.start('measured', [], {}, { model: 'priced' });
  await untilGate(stack, handle);
  await handle.signal('approve', { phase: 'design', by: 'canary-person', comment: 'canary-comment' });
  await ended(stack, handle);
  await until(async () => /^phasegate_runs_ended_total/m.test(await metrics()));
  const text = await metrics();
  const value = (name: string, ...labels: string[]) => {
    const lines = text
      .split('\n')
      .filter(
        (line) =>
          [`${name}{`, `${name} `].some((begin) => line.startsWith(begin)) && labels.every((one) => line.includes(one)),
      );
    assert.equal(lines.length, 1, `${name} ${labels.join()}: ${lines.join('\n') || 'none'}`);
    return Number(lines[0]?.split(' ').at(-1));
  };
  assert.equal(value('phasegate_runs_started_total'), 1);
  assert.equal(value('phasegate_runs_ended_total', 'state="completed"'), 1);
  assert.equal(value('phasegate_phases_ended_total', 'outcome="completed"'), 1);
  assert.equal(value('phasegate_gates_opened_total'), 1);
  assert.equal(value('phasegate_decisions_total', 'action="approve"'), 1);
  assert.equal(value('phasegate_gate_wait_count'), 1);
  const of = ['backend="test"', 'template="measured"'];
  assert.ok(value('phasegate_model_calls_total', ...of, 'status="ok"') >= 1);
  assert.ok(value('phasegate_model_tokens_total', ...of, 'kind="input"') > 0);
  assert.ok(value('phasegate_model_cost_micro_usd_total', ...of) > 0, 'the cost of cheap calls is counted, too');
  for (const told of ['canary', handle.workflowId, 'artifacts/', stack.repoPath])
    assert.ok(!text.includes(told), `${told} is in the metrics`);
});
