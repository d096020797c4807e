import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { readArtifactJson } from '../../src/domain/artifact-intake.js';
import { agentBench, ARTIFACT } from './support/agent-bench.js';
import { callTool, completion, onlySay } from './support/http-stub.js';

/** JSON that a parsed value changes, or that is read in two ways. */
const TEXTS: [name: string, text: string][] = [
  ['2^53 + 1', '{"title": "t", "n": 9007199254740993}'],
  ['28 digits', '{"title": "t", "n": 1234567890123456789012345678}'],
  ['a number that is too large', '{"title": "t", "n": 1e400}'],
  ['-0', '{"title": "t", "n": -0}'],
  ['a key twice', '{"title": "t", "title": "u"}'],
  ['__proto__', '{"title": "t", "__proto__": {"a": 1}, "constructor": 1}'],
  ['a lone surrogate', '{"title": "\\ud800"}'],
  ['NUL', '{"title": "\\u0000"}'],
  ['60 levels', `{"title": "t", "steps": ${'['.repeat(59)}${']'.repeat(59)}}`],
];

const withoutSpace = (text: string): string => text.replace(/\s/g, '');

for (const [name, text] of TEXTS) {
  test(`write_artifact and write_file leave the same JSON, by value and by text: ${name}`, async (t) => {
    const written: string[] = [];
    for (const call of [
      callTool('write_artifact', text),
      callTool('write_file', { path: ARTIFACT, content: text }),
      callTool('write_file', `{"path": "${ARTIFACT}", "content": ${text}}`),
    ]) {
      const bench = await agentBench(t, call);
      assert.equal((await bench.run()).outcome.kind, 'artifact_written');
      written.push(await readFile(join(bench.root, ARTIFACT), 'utf8'));
    }
    assert.deepEqual(written.map(withoutSpace), Array(3).fill(withoutSpace(text)));
    const [first, ...others] = written.map((one) => readArtifactJson(Buffer.from(one)));
    for (const other of others)
      assert.deepEqual([other.ok, !other.ok && other.reason], [first?.ok, !first?.ok && first?.reason]);
  });
}

test('arguments that are nested without end are an answer to the model, and the conversation goes on', async (t) => {
  const deep = (levels: number): string => `{"title": "t", "steps": ${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const asObject = (levels: number) =>
    completion(
      {
        tool_calls: [
          {
            id: 'o',
            type: 'function',
            function: { name: 'write_artifact', arguments: JSON.parse(deep(levels)) as object },
          },
        ],
      },
      { finish_reason: 'tool_calls' },
    );
  const calls = [
    callTool('write_artifact', deep(66)),
    callTool('write_artifact', deep(10_000)),
    callTool('ls', {}),
    callTool('write_artifact', deep(1_000_000)),
    asObject(2_000),
  ];
  const bench = await agentBench(t, ...calls, callTool('write_artifact', { title: 'flat' }));
  assert.equal((await bench.run()).outcome.kind, 'artifact_written');
  assert.deepEqual(await bench.artifact(), { title: 'flat' });
  const answers = bench.stub.requests.slice(1).map(({ body }) => String(body.messages.at(-1)?.content));
  for (const n of [0, 1, 3, 4]) assert.match(answers[n] ?? '', /nested deeper than 64 levels/);
});

test('a reply that is nested without end elsewhere is not a chat completion', async (t) => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const body = `{"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": ${deep}}, "finish_reason": "stop"}]}`;
  const bench = await agentBench(
    t,
    (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body),
    ...onlySay('no'),
  );
  await assert.rejects(bench.run(), { name: 'ModelFailure' });
});
