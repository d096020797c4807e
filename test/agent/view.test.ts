import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from '@langchain/core/messages';
import fc from 'fast-check';
import type { ViewMark } from '../../src/domain/record/view-mark.js';
import { readReplyMessage } from '../../src/agent/conversation/wire.js';
import { Measure, type KnownContext } from '../../src/agent/conversation/view/measure.js';
import { cutMark, isNearlyFull, summaryFault, summaryPlan } from '../../src/agent/conversation/view/shorten.js';
import { viewOf, type PlacedMark } from '../../src/agent/conversation/view/view.js';
import { dialectOf } from '../../src/agent/model/dialect/dialect.js';
import { sentMessages } from '../../src/agent/model/dialect/sent-messages.js';

/** One turn: what the engine says, or a reply with its calls and their answers. */
type Turn =
  | { kind: 'said'; id: 'note' | 'repair' | 'feedback'; text: string }
  | { kind: 'words'; text: string }
  | { kind: 'calls'; calls: { args: string; result: string; sameId: boolean }[] };

const text = fc.tuple(fc.constantFrom('a', 'é ', 'word ', '{"a":1}'), fc.nat(600)).map(([unit, n]) => unit.repeat(n));
const turn: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({
    kind: fc.constant('said' as const),
    id: fc.constantFrom('note' as const, 'repair' as const, 'feedback' as const),
    text,
  }),
  fc.record({ kind: fc.constant('words' as const), text }),
  fc.record({
    kind: fc.constant('calls' as const),
    calls: fc.array(
      fc.record({
        // what can't be read is answered, too
        args: fc.oneof(
          text.map((content) => JSON.stringify({ path: 'repo/a', content })),
          fc.constant('{"path": oops'),
        ),
        result: text,
        sameId: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
);

function conversation(turns: readonly Turn[]): BaseMessage[] {
  const messages: BaseMessage[] = [new HumanMessage({ id: 'prompt', content: 'the task' })];
  for (const [n, one] of turns.entries()) {
    if (one.kind === 'said') messages.push(new HumanMessage({ id: `${one.id}-${n}`, content: one.text }));
    if (one.kind === 'words') messages.push(new AIMessage({ id: `reply-${n}`, content: one.text }));
    if (one.kind !== 'calls') continue;
    const tool_calls = one.calls.map(({ args, sameId }, k) => ({
      id: sameId ? 'call' : `call-${n}-${k}`,
      type: 'function',
      function: { name: 'write_file', arguments: args },
    }));
    const reply = readReplyMessage({ role: 'assistant', content: null, tool_calls }, `reply-${n}`, {}, ['write_file']);
    messages.push(reply);
    for (const [k, call] of (reply.tool_calls ?? []).entries()) {
      const id = `reply-${n}:${call.id}`;
      messages.push(new ToolMessage({ id, tool_call_id: String(call.id), content: one.calls[k]?.result ?? '' }));
    }
  }
  return messages;
}

/** Fails on what providers refuse: an answer without its call, a call without answer, an id that comes twice. */
function assertWhole(view: readonly BaseMessage[]): void {
  const sent = sentMessages('system', view, dialectOf({}));
  const seen = new Set<string>();
  let open = new Set<string>();
  for (const { role, tool_calls, tool_call_id } of sent) {
    if (role === 'tool') {
      assert.ok(open.delete(tool_call_id as string), `an answer without its call: ${JSON.stringify(tool_call_id)}`);
      continue;
    }
    assert.equal(open.size, 0, 'a call without its answer');
    open = new Set((tool_calls as { id: string }[] | undefined)?.map(({ id }) => id));
    for (const id of open) {
      assert.ok(!seen.has(id), 'an id comes twice');
      seen.add(id);
    }
  }
  assert.equal(open.size, 0, 'a call without its answer');
}

const steps = (marks: readonly PlacedMark[]): number =>
  marks.filter(({ mark }) => mark.kind === 'cut' || (mark.kind === 'summary' && mark.failed === null)).length;

const CONTEXT: KnownContext = { backend: 'b', model: 'm', tokens: 4_000, output: 0 };

test('S21: no call is parted from its answers, whatever the conversation and the marks', () => {
  const place = fc.record({ kind: fc.constantFrom('cut', 'summary', 'failed'), n: fc.nat(200), at: fc.nat(200) });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 25 }), fc.array(place, { maxLength: 6 }), (turns, places) => {
      const messages = conversation(turns);
      const marks = places.map(({ kind, n, at }): PlacedMark => {
        const id = String(messages[n % messages.length]?.id);
        const mark: ViewMark =
          kind === 'cut'
            ? { kind: 'cut', before: id }
            : { kind: 'summary', upTo: id, text: 'record', failed: kind === 'failed' ? 'why' : null };
        return { mark, attempt: 1, at };
      });
      const view = viewOf(messages, marks);
      assertWhole(view);
      assert.equal(view[0], messages[0]);
      const verbatim = messages.filter(({ id }) => id?.startsWith('feedback-'));
      for (const message of verbatim) assert.ok(view.includes(message), 'the words of a person are gone');
      assert.deepEqual(
        sentMessages('s', viewOf(messages, marks), dialectOf({})),
        sentMessages('s', viewOf(conversation(turns), structuredClone(marks)), dialectOf({})),
      );
    }),
    { numRuns: 300 },
  );
});

test('S21: as a conversation grows, its requests begin as the one before, but after a step that makes them shorter', () => {
  fc.assert(
    fc.property(fc.array(turn, { minLength: 20, maxLength: 80 }), (turns) => {
      const all = conversation(turns);
      const marks: PlacedMark[] = [];
      let before: string[] = [];
      for (let n = 1; n <= all.length; n++) {
        if (all[n] instanceof ToolMessage) continue;
        const messages = all.slice(0, n);
        const measure = (): Measure => new Measure({ messages, marks, calls: [], fixedBytes: 300 }, CONTEXT);
        const was = steps(marks);
        const cut = cutMark(messages, marks, measure());
        if (cut !== null) marks.push({ mark: cut, attempt: 1, at: n });
        if (isNearlyFull(messages, marks, measure())) {
          const plan = summaryPlan(messages, marks, measure(), 1);
          if (plan !== null) {
            assertWhole(plan.asked);
            assert.ok(measure().of(plan.asked) <= 4_000);
            const mark = { kind: 'summary' as const, upTo: plan.upTo, text: 'record', failed: null };
            const failed = summaryFault(messages, marks, measure(), mark);
            marks.push({ mark: { ...mark, failed }, attempt: 1, at: n });
          }
        }
        const view = viewOf(messages, marks);
        assertWhole(view);
        const sent = sentMessages('system', view, dialectOf({})).map((message) => JSON.stringify(message));
        if (steps(marks) === was) assert.deepEqual(sent.slice(0, before.length), before);
        else {
          const whole = viewOf(
            messages,
            marks.filter(({ at }) => at < n),
          );
          assert.ok(measure().of(view) <= 0.8 * measure().of(whole));
        }
        before = sent;
      }
    }),
    { numRuns: 40 },
  );
});
