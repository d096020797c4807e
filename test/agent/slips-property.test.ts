import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { ConversationStore } from '../../src/domain/record/conversation.js';
import type { AgentResult } from '../../src/agent/run-agent.js';
import { endOfTurns, MOST_SLIPS, slipsInARow } from '../../src/agent/slips/count-turns.js';
import type { Turn } from '../../src/agent/slips/turn.js';
import { agentBench, ARTIFACT, type AgentBench } from './support/agent-bench.js';
import { callTool, callTools, completion, say, type Answer } from './support/http-stub.js';

const MOST_CALLS = 9;
const CUT = { finish_reason: 'length' };

/** What a model may do in one reply. None of it leaves a valid artifact. */
const REPLIES: Record<string, (n: number) => Answer> = {
  words: () => say('So.'),
  empty: () => completion({}),
  'cut words': () => say('So', CUT),
  'cut file': () => callTools([{ name: 'write_file', args: '{"path":"repo/a","con' }], CUT),
  'cut artifact': () => callTools([{ name: 'write_artifact', args: '{"title":"a' }], CUT),
  'hidden cut': () => callTool('write_file', '{"path":"repo/a","con'),
  malformed: () => callTool('write_file', '{"path": }'),
  'no tool': (n) => callTool(`tool_${n}`, {}),
  'wrong path': (n) => callTool('write_file', { path: `artifacts/${n}.json`, content: '{}' }),
  refused: () => callTool('read_file', { path: 'repo/none' }),
  'refused otherwise': (n) => callTool('read_file', { path: `repo/none-${n}` }),
  'the same look': () => callTool('glob', { pattern: '*' }),
  work: (n) => callTool('write_file', { path: `repo/${n}`, content: 'a' }),
  'invalid artifact': (n) => callTool('write_artifact', { title: n }),
  'same invalid artifact': () => callTool('write_artifact', { title: -1 }),
  mixed: (n) =>
    callTools([
      { name: 'write_artifact', args: { title: n } },
      { name: 'read_file', args: { path: 'repo/none' } },
    ]),
};
const replies = fc.array(fc.constantFrom(...Object.keys(REPLIES)), { minLength: MOST_CALLS, maxLength: MOST_CALLS });

const slip = fc.constantFrom<Turn['slip']>(null, null, 'words', 'empty', 'cut', 'malformed', 'invalid_artifact');
const digests = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 });
const aTurn = fc.record({
  attempt: fc.constant(1),
  slip,
  cutArtifact: fc.boolean(),
  refused: digests,
  failed: digests,
  worked: digests,
});

test('property: whatever the turns are, an attempt ends within every limit', () => {
  fc.assert(
    fc.property(fc.array(aTurn, { maxLength: 60 }), (all) => {
      const end = all.findIndex((_, n) => endOfTurns(all.slice(0, n + 1)) !== null);
      const before = all.slice(0, end === -1 ? all.length : end);
      assert.ok(before.filter(({ cutArtifact }) => cutArtifact).length < 2);
      assert.ok(before.filter((turn) => turn.slip === 'invalid_artifact').length < 20);
      assert.ok(before.every((_, n) => slipsInARow(before.slice(0, n + 1)) < MOST_SLIPS));
      // without new work, a call is refused three times at most
      const known = new Set<string>();
      let refused: string[] = [];
      let invalid = 0;
      for (const turn of before) {
        if (turn.worked.some((call) => !known.has(call))) [refused, invalid] = [[], 0];
        for (const call of turn.worked) known.add(call);
        refused.push(...turn.refused);
        invalid += turn.slip === 'invalid_artifact' ? 1 : 0;
        assert.ok(invalid < 5);
        for (const call of ['a', 'b', 'c']) assert.ok(refused.filter((other) => other === call).length <= 3);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('property: any replies end in an outcome, within the calls, and alike after a crash at any write', async (t) => {
  await fc.assert(
    fc.asyncProperty(replies, fc.integer({ min: 1, max: 12 }), async (kinds, crashAt) => {
      const whole = await play(t, kinds, null);
      const killed = await play(t, kinds, crashAt);
      assert.ok(whole.calls <= MOST_CALLS);
      assert.deepEqual(killed.outcome, whole.outcome);
      assert.deepEqual(killed.said, whole.said, 'the model is told the same');
      assert.ok(killed.paid <= whole.paid + 1, 'only a reply that was lost is paid for again');
    }),
    { numRuns: 6 },
  );
});

interface Played {
  outcome: AgentResult['outcome'];
  calls: number;
  paid: number;
  said: unknown[];
}

async function play(t: TestContext, kinds: readonly string[], crashAt: number | null): Promise<Played> {
  const bench = await agentBench(t);
  // a reply that was lost is given again
  const answers = kinds.map((kind, n) => REPLIES[kind]?.(n) ?? assert.fail());
  let kept = 0;
  const next: Answer = (response, request) => {
    kept = bench.kept.messages.filter(({ role }) => role === 'assistant').length;
    (answers[kept] ?? assert.fail('a call beyond the limit'))(response, request);
  };
  bench.stub.script.push(...Array.from({ length: 2 * MOST_CALLS }, () => next));
  const artifact = { ...bench.request.artifact, judge: () => judge(bench.root) };
  if (crashAt !== null) {
    const killer = new AbortController();
    const conversation = crashing(bench, crashAt, () => killer.abort(new Error('killed')));
    await bench
      .run({ artifact, maxModelCalls: MOST_CALLS, conversation, signal: killer.signal })
      .catch((error: unknown) => assert.match(String(error), /killed/));
  }
  const { outcome, calls } = await bench.run({ artifact, maxModelCalls: MOST_CALLS });
  return {
    outcome,
    calls: calls.length,
    paid: bench.stub.requests.length,
    said: bench.kept.messages.filter(({ role }) => role === 'user').map(({ message }) => message.content),
  };
}

async function judge(root: string) {
  const { title } = JSON.parse(await readFile(join(root, ARTIFACT), 'utf8')) as { title: unknown };
  return typeof title === 'string' ? null : { reason: 'schema' as const, message: `not ${String(title)}`, errors: [] };
}

/** The process dies before its nth write. */
function crashing({ kept }: AgentBench, n: number, kill: () => void): ConversationStore {
  let writes = 0;
  return {
    read: () => kept.read(),
    append: async (write) => {
      if (++writes >= n) {
        kill();
        throw new Error('the process is gone');
      }
      await kept.append(write);
    },
  };
}
