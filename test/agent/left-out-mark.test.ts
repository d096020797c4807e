import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AIMessage } from '@langchain/core/messages';
import { hasLeftOutMark } from '../../src/agent/conversation/view/one-line.js';
import { turnOfReply } from '../../src/agent/slips/turn.js';

test('arguments that are our own mark are found, wherever they stand; texts that quote one are not', () => {
  const mark = '[left out by phasegate: 5000 characters]';
  assert.ok(hasLeftOutMark({ path: 'repo/a.ts', content: mark }));
  assert.ok(hasLeftOutMark({ edits: [{ oldText: 'a', newText: ` ${mark}\n` }] }));
  assert.ok(!hasLeftOutMark({ path: 'repo/a.ts', content: `The log says ${mark}.` }));
  assert.ok(!hasLeftOutMark({ path: 'repo/a.ts', content: 'all of it', depth: 3, none: null }));
});

const cutCall = (name: string, text: string) =>
  new AIMessage({
    content: '',
    tool_calls: [{ name, args: {}, id: 'c1' }],
    response_metadata: {
      wire: {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name, arguments: text } }],
      },
    },
  });

test('a cut call is one of the artifact by its path, and not because its text speaks of the artifact', () => {
  const path = 'artifacts/design.json';
  const isCutArtifact = (name: string, text: string) => turnOfReply(cutCall(name, text), 1, 'cut', path).cutArtifact;
  assert.ok(isCutArtifact('write_artifact', '{"title":"a'));
  assert.ok(isCutArtifact('write_file', '{"path":"artifacts/design.json","content":"{'));
  assert.ok(isCutArtifact('write_file', '{ "path" : ".\\/artifacts\\/design.json", "content":"{'));
  assert.ok(!isCutArtifact('write_file', '{"path":"repo/docs/a.md","content":"It goes to artifacts/design.json, and'));
  assert.ok(!isCutArtifact('read_file', '{"path":"artifacts/design.json"'));
});
