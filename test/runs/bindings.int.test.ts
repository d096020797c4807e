import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { TemplatePhase } from '../../src/domain/template/template.js';
import { ended, untilGate } from '../support/ended.js';
import { startTestStack, type TestStack } from '../support/stack.js';

let stack: TestStack;
before(async () => {
  stack = await startTestStack();
});
after(() => stack.stop());

/** Two phases with a gate between them, so that there is time to change everything that the second one is bound to. */
function phases(instructions: string): Partial<TemplatePhase>[] {
  return [
    { key: 'design', gates: ['lead'] },
    { key: 'plan', instructions },
  ];
}

test('S06: a template, a persona, a schema or a price that changes does not shift a run in flight', async () => {
  await stack.template('pinned', phases('The old instructions.'));
  const persona = await stack.persona([], { systemPrompt: 'The old prompt.', model: 'priced' });
  const start = () => stack.startRaw([{ ...input, overrides: { worker: persona.name } }]);
  const input = { template: 'pinned', repoPath: stack.repoPath, requirements: 'Do it.' };
  const handle = await start();
  await untilGate(stack, handle);

  await stack.template('pinned', [...phases('The new instructions.'), { key: 'one-more' }]);
  await writeFile(
    path.join(stack.config.personas, `${persona.name}.json`),
    JSON.stringify({ ...persona, version: '2', systemPrompt: 'The new prompt.', model: 'priced-1', roles: ['other'] }),
  );
  const strict = { $id: 'urn:test:note', type: 'object', required: ['new'], properties: { new: { const: 1 } } };
  await writeFile(
    path.join(stack.config.schemas, 'note.schema.json'),
    JSON.stringify({ ...strict, examples: [{ new: 1 }] }),
  );
  await handle.signal('approve');

  const end = await ended(stack, handle);
  assert.equal(end.temporal, 'COMPLETED');
  assert.deepEqual(
    end.report.phases.map(({ key, state }) => [key, state]),
    [
      ['design', 'completed'],
      ['plan', 'completed'],
    ],
  );
  const asked = stack.model.requests.filter(({ body }) => JSON.stringify(body).includes('old prompt'));
  const ofPlan = asked.filter(({ body }) => JSON.stringify(body).includes('The old instructions.'));
  assert.ok(ofPlan.length > 0, 'the second phase was asked with the instructions and the prompt of its plan');
  assert.equal(stack.model.requests.filter(({ body }) => JSON.stringify(body).includes('new ')).length, 0);
});
