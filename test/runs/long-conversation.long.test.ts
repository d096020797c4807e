import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Behaviour } from '../../src/model-server/behaviour.js';
import { startModelServer, type ModelServer } from '../../src/model-server/server.js';
import { ended } from '../support/ended.js';
import { gitRepository } from '../support/git-repository.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const TURNS = 400;
const FILES = 2_000;
const CONTEXT = 32_000;
const MODEL = 'small';

let stack: TestStack;
let small: ModelServer;
before(async () => {
  stack = await startTestStack();
  small = await startModelServer({ contextTokens: { [MODEL]: CONTEXT } });
  await stack.template('long', [{ key: 'note', maxModelCalls: 700, timeout: '10m' }]);
  const { backends } = JSON.parse(await readFile(stack.config.backends, 'utf8')) as { backends: object };
  const backend = { baseUrl: small.url, apiKeyEnv: 'TEST_KEY', prices: {}, contextTokens: { [MODEL]: CONTEXT } };
  await writeFile(stack.config.backends, JSON.stringify({ backends: { ...backends, small: backend } }));
});
after(async () => {
  await small.close();
  await stack.stop();
});

const fileOf = (n: number): string => `src/m${n % 40}/f${n}.ts`;

/** What an agent does that works through a repository: it reads, several files at once at times, and writes. */
function turn(n: number): Behaviour {
  const read = (k: number) => ({ name: 'read_file', args: { path: `repo/${fileOf((n * 7 + k) % FILES)}` } });
  if (n % 25 === 24) return { tools: [...Array(15).keys()].map(read) };
  if (n % 10 === 9) {
    const content = Array.from({ length: 60 }, (_, k) => `export const made${k} = ${n * k};`).join('\n');
    return { tools: [{ name: 'write_file', args: { path: `repo/made/f${n}.ts`, content } }] };
  }
  if (n % 7 === 6)
    return { tools: [{ name: 'grep', args: { pattern: `value${n % 50}\\b`, path: `repo/src/m${n % 40}` } }] };
  return { tools: [read(0)] };
}

test(
  '400 turns over a repository of 2,000 files complete in a context of 32,000 tokens',
  { timeout: 240_000 },
  async (t) => {
    const lines = Array.from({ length: 70 }, (_, k) => `export const value${k} = compute(${k}, 'a line of code');`);
    const files = Array.from({ length: FILES }, (_, n) => [
      fileOf(n),
      `// file ${n}\n${lines.slice(n % 50).join('\n')}\n`,
    ]);
    const repository = gitRepository(t, { files: Object.fromEntries(files) as Record<string, string> });
    const began = performance.now();
    const script = Array.from({ length: TURNS }, (_, n) => turn(n));
    const persona = { backend: 'small', model: MODEL, maxOutputTokens: 2_000, repoAccess: 'write' as const };
    const tools = ['ls', 'read_file', 'write_file', 'edit_file', 'grep'] as const;
    const worker = await stack.persona([], { ...persona, tools: [...tools] });
    small.script(MODEL, script);
    const input = {
      template: 'long',
      repoPath: repository.path,
      requirements: 'Do it.',
      overrides: { worker: worker.name },
    };
    const handle = await stack.startRaw([input]);
    await handle.result();
    const end = await ended(stack, handle);
    assert.equal(end.temporal, 'COMPLETED');
    const [phase] = end.report.phases;
    assert.equal(phase?.attempts, 1);

    const [kept] = await stack.mirror.listConversations(end.report.runId);
    assert.ok(kept);
    const count = (role: string): number => kept.messages.filter((row) => row.role === role).length;
    const calls = kept.modelCalls;
    const read = calls.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
    const cached = calls.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
    const largest = Math.max(...calls.map(({ inputTokens }) => inputTokens));
    const bytes = Math.max(...small.requests.map(({ body }) => JSON.stringify(body).length));
    const share = cached / read;
    t.diagnostic(
      `${calls.length} calls, ${small.requests.length} requests, largest ${largest} tokens (${bytes} bytes), ${Math.round(100 * share)} % of the input cached; ${count('cut')} cuts, ${count('summary')} summaries, ${count('limit')} refusals; ${Math.round((performance.now() - began) / 1_000)} s`,
    );
    assert.ok(calls.length >= TURNS);
    assert.equal(small.requests.length, calls.length, 'no request was refused');
    assert.ok(largest <= CONTEXT - 2_000);
    assert.ok(count('cut') >= 1 && count('cut') <= TURNS / 8, `${count('cut')} cuts`);
    assert.ok(count('summary') <= TURNS / 20, `${count('summary')} summaries`);
    assert.ok(share > 0.6, `only ${share} of the input was cached`);
  },
);
