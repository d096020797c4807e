import assert from 'node:assert/strict';
import test from 'node:test';
import type { ConversationMessage } from '../../src/domain/record/conversation.js';
import type { JsonValue } from '../../src/domain/text/json.js';
import { transcriptText } from '../../src/domain/record/transcript.js';
import { modelCall } from '../mirror/support.js';

const row = (
  ordinal: number,
  role: ConversationMessage['role'],
  message: ConversationMessage['message'],
  id = `m${ordinal}`,
): ConversationMessage => ({
  ordinal,
  id,
  attempt: 1,
  role,
  message,
  wrote: [],
  ts: '2026-11-25T10:00:00.000Z',
});

const call = {
  id: 'c',
  type: 'function',
  function: { name: 'read_file', arguments: JSON.stringify({ path: `repo/${'x'.repeat(300)}` }) },
};
const KEPT = {
  threadId: 'run:r:phase:design',
  messages: [
    row(1, 'user', { role: 'user', content: 'Design it.\nWell.' }),
    row(2, 'assistant', { role: 'assistant', content: 'I look \u001b[31mfirst', tool_calls: [call] }, 'reply'),
    row(3, 'tool', { role: 'tool', tool_call_id: 'c', content: `one\ntwo ${'y'.repeat(400)}` }),
  ],
  modelCalls: [modelCall('reply')],
};

test('a transcript says who said what, and folds calls and results into a line each', () => {
  const lines = transcriptText(KEPT, false).split('\n');
  assert.deepEqual(lines.slice(0, 6), [
    '── run:r:phase:design: 3 messages, 1 model calls',
    '10:00:00 phasegate, attempt 1:',
    '    Design it.',
    '    Well.',
    '10:00:00 p (m), attempt 1:',
    '    I look ·[31mfirst',
  ]);
  assert.equal(lines.length, 8);
  assert.match(lines[6] ?? '', /^ {4}→ read_file \{"path":"repo\/x+… \(\d+ characters\)$/);
  assert.match(lines[7] ?? '', /^ {4}← one two y+… \(408 characters\)$/);
});

test('a whole transcript cuts nothing', () => {
  const text = transcriptText(KEPT, true);
  assert.ok(text.includes('x'.repeat(300)));
  assert.ok(text.includes(`two ${'y'.repeat(400)}`));
});

test('thoughts and signatures of a provider are shown when everything is asked for, and only then', () => {
  const parts: JsonValue[] = [
    { type: 'thinking', x: 'musing' },
    { type: 'text', text: 'Done.' },
  ];
  const message = { role: 'assistant', content: parts, reasoning_content: 'hm\u001b', refusal: null };
  const kept = { ...KEPT, messages: [row(1, 'assistant', message, 'reply')] };
  const folded = transcriptText(kept, false);
  assert.match(folded, /Done\./);
  assert.doesNotMatch(folded, /musing|hm|thinking/);
  const whole = transcriptText(kept, true);
  assert.match(whole, /~ reasoning_content: hm·\n/);
  assert.match(whole, /musing/);
  assert.doesNotMatch(whole, /refusal/);
});

test('a transcript shows where the conversation was cut for the model, and each record of it', () => {
  const summary = { upTo: 'm3', text: 'Read \u001b[31mone file.', failed: null };
  const messages = [
    ...KEPT.messages,
    row(4, 'limit', { backend: 'b', model: 'm', tokens: 8_000, sent: 9_000 }, 'limit-1'),
    row(5, 'cut', { before: 'm3' }, 'cut-2'),
    row(6, 'summary', summary, 'record'),
    row(7, 'summary', { ...summary, failed: 'the reply has no text' }, 'failed'),
  ];
  const lines = transcriptText({ ...KEPT, messages }, false).split('\n');
  assert.equal(lines[0], '── run:r:phase:design: 3 messages, 1 model calls');
  assert.deepEqual(lines.slice(8), [
    '  ✂ m refused a request for its length: its context has about 8000 tokens',
    '  ✂ from here on, long results and arguments before message 3 are one line each for the model',
    '  ✂ from here on, the model sees this record in place of the messages up to 3:',
    '    Read ·[31mone file.',
    '  ✂ a summary of the messages up to 3 failed, and changes nothing: the reply has no text',
  ]);
});
