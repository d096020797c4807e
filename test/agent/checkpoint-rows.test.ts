import assert from 'node:assert/strict';
import test from 'node:test';
import { joinRows } from '../../src/agent/checkpoint-rows.js';

const written = (idx: number, value: string) => ['thread', '', 'checkpoint', 'task', idx, 'channel', 'json', value];

test('no row is written twice: the first of what is added stays, the last of what replaces counts, whichever comes first', () => {
  const parts = [
    { added: [written(0, 'first'), written(-1, 'added')] },
    { added: [written(0, 'second')] },
    { replaced: [written(-1, 'replaced'), written(-3, 'once')] },
    { replaced: [written(-3, 'twice')] },
    { added: [written(-3, 'too late')] },
  ];
  const { added, replaced } = joinRows(parts);
  assert.deepEqual(added, [written(0, 'first')]);
  assert.deepEqual(replaced, [written(-1, 'replaced'), written(-3, 'twice')]);
});

test('a checkpoint that is written again keeps its first parent', () => {
  const checkpoint = (parent: string | null, value: string) => ['thread', '', 'checkpoint', parent, value, value];
  const { checkpoints } = joinRows([{ checkpoints: [checkpoint(null, 'a')] }, { checkpoints: [checkpoint('parent', 'b')] }]);
  assert.deepEqual(checkpoints, [checkpoint(null, 'b')]);
});
