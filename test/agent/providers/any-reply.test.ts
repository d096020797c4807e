import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { ModelFailure } from '../../../src/agent/model/model-failure.js';
import { isFailureCode } from '../../../src/domain/failures.js';
import { readReply } from '../../../src/offload/read-reply.js';
import { agentBench, type AgentBench } from '../support/agent-bench.js';
import { say, type Answer } from '../support/http-stub.js';
import { strictFault, type Sent } from './strict-history.js';

const any = fc.jsonValue({ maxDepth: 3 });
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'null', '{}', '"{}"', '{"path":"repo/a"}', '<|x|>'),
);
const name = fc.oneof(text, fc.constantFrom('ls', 'functions.ls', 'read_file<|channel|>commentary', 'write_artifact'));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.oneof({ arbitrary: value, weight: 6 }, { arbitrary: any, weight: 1 });

const call = fc.record(
  {
    id: maybe(fc.oneof(text, fc.constantFrom('call_1', 'a'))),
    type: maybe(fc.constant('function')),
    index: maybe(fc.nat(3)),
    function: maybe(fc.record({ name: maybe(name), arguments: maybe(text), extra: any }, { requiredKeys: [] })),
    extra_content: any,
  },
  { requiredKeys: [] },
);
const message = fc.record(
  {
    role: maybe(fc.constant('assistant')),
    content: maybe(text),
    tool_calls: maybe(fc.array(maybe(call), { maxLength: 4 })),
    refusal: maybe(fc.constant(null)),
    reasoning_content: maybe(text),
    function_call: any,
    annotations: any,
    ['__proto__']: any,
  },
  { requiredKeys: [] },
);
const choice = fc.record(
  {
    index: maybe(fc.constant(0)),
    message: maybe(message),
    delta: maybe(message),
    finish_reason: maybe(fc.constantFrom('stop', 'tool_calls', 'length', 'error', null)),
    error: maybe(fc.constant(undefined)),
  },
  { requiredKeys: ['message'] },
);
const completion = fc.record(
  {
    id: maybe(text),
    choices: maybe(fc.array(maybe(choice), { maxLength: 2 })),
    usage: any,
    error: fc.constantFrom(undefined, null, {}, 'x'),
  },
  { requiredKeys: ['choices'] },
);
/** A reply that is taken, so that others come after it. */
const good = fc
  .record({ reasoning_content: maybe(text), extra: any, id: maybe(text), name })
  .map(({ id, name, ...more }) => {
    const called = { name, arguments: '{"path":"."}' };
    const tool_calls = [{ id, type: 'function', function: called }];
    return JSON.stringify({ choices: [{ finish_reason: 'stop', message: { ...more, content: null, tool_calls } }] });
  });
const body = fc.oneof(
  { arbitrary: good, weight: 5 },
  { arbitrary: completion.map((value) => JSON.stringify(value)), weight: 6 },
  { arbitrary: any.map((value) => JSON.stringify(value)), weight: 1 },
  {
    arbitrary: fc
      .array(completion, { maxLength: 4 })
      .map((chunks) => chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')),
    weight: 3,
  },
  { arbitrary: fc.string(), weight: 1 },
);
const httpStatus = fc.oneof({ arbitrary: fc.constant(200), weight: 8 }, fc.integer({ min: 400, max: 599 }));

const raw =
  (status: number, text: string): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(text);

test('no answer of a provider breaks the reader', () => {
  fc.assert(
    fc.property(body, fc.boolean(), (text, isCut) => {
      const bytes = new TextEncoder().encode(text);
      const reply = readReply(isCut ? bytes.slice(0, bytes.length >> 1) : bytes, ['sk-secret-0123456789']);
      assert.ok('text' in reply || 'problem' in reply || 'error' in reply);
    }),
    { numRuns: 500 },
  );
});

test('any answers of a provider end in an outcome or a code, and nothing is sent back that a strict one refuses', async (t) => {
  const bench = await agentBench(t);
  let longest = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(httpStatus, body), { minLength: 1, maxLength: 4 }), async (answers) => {
      bench.kept.messages.length = 0;
      bench.kept.modelCalls.length = 0;
      bench.stub.requests.length = 0;
      bench.stub.script.splice(
        0,
        Infinity,
        ...answers.map(([status, text]) => raw(status, text)),
        say('end'),
        say('end'),
      );
      await attempt(bench, 1);
      await attempt(bench, 2);
      for (const { body } of bench.stub.requests) {
        assert.equal(strictFault(body as unknown as Sent), null);
        longest = Math.max(longest, body.messages.filter(({ role }) => role === 'assistant').length);
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(longest >= 2, 'some of the replies were sent back');
});

/** One attempt. Whatever the model does must end in an outcome, and whatever the provider does in a code. */
async function attempt({ run }: AgentBench, attempt: number): Promise<void> {
  try {
    const { outcome } = await run({
      attempt,
      repair: attempt > 1 ? `again ${attempt}` : null,
      maxModelCalls: 5,
      signal: new AbortController().signal,
    });
    assert.ok(outcome.kind);
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    assert.ok(isFailureCode(error.code) || error.code.startsWith('provider_'), error.code);
  }
}
