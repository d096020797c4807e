import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { agentBench } from './support/agent-bench.js';
import { callTool, type Answer } from './support/http-stub.js';

/** undici and Node's own fetch give up after 300 s without a byte. */
const SLOW_MS = 330_000;
const CALL_TIMEOUT_MS = 15 * 60_000;

const artifact = callTool('write_artifact', { title: 'a' });
const SLOW: [name: string, answer: Answer][] = [
  ['before its headers', (response, request) => void setTimeout(() => artifact(response, request), SLOW_MS)],
  [
    'within its body',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(' ');
      const call = { id: 'a', type: 'function', function: { name: 'write_artifact', arguments: '{"title":"a"}' } };
      const message = { role: 'assistant', content: null, tool_calls: [call] };
      const reply = { id: 'x', choices: [{ index: 0, finish_reason: 'tool_calls', message }] };
      setTimeout(() => response.end(JSON.stringify(reply)), SLOW_MS);
    },
  ],
];

describe('PHASEGATE_MODEL_CALL_TIMEOUT holds', { concurrency: true }, () => {
  for (const [name, answer] of SLOW) {
    test(`a reply that takes 330 s ${name} is taken`, async (t) => {
      const bench = await agentBench(t, answer);
      const started = performance.now();
      const { outcome } = await bench.run({ callTimeoutMs: CALL_TIMEOUT_MS });
      assert.equal(outcome.kind, 'artifact_written');
      assert.ok(performance.now() - started >= SLOW_MS);
    });
  }
});
