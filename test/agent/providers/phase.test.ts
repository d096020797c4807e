import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { AgentRequest } from '../../../src/agent/agent-request.js';
import { runAgent } from '../../../src/agent/run-agent.js';
import { ModelFailure } from '../../../src/agent/model/model-failure.js';
import { openConfinedFolder } from '../../../src/workspace/confined/confined-folder.js';
import { ARTIFACT, benchRequest } from '../support/agent-bench.js';
import { MemoryConversations } from '../support/memory-conversations.js';
import { startProvider, type ProviderServer } from './provider-server.js';
import { recipeAccess } from './recipes.js';
import type { Row } from './row.js';
import { REPLIES } from './rows-replies.js';
import { REQUESTS } from './rows-requests.js';
import { VERBATIM } from './rows-verbatim.js';

for (const row of [...VERBATIM, ...REPLIES, ...REQUESTS]) {
  test(`a whole phase with tools: ${row.name}`, async (t) => {
    const { server, run, kept, learned, artifact } = await phase(t, row);
    const { outcome } = await run();
    assert.deepEqual(outcome, { kind: 'artifact_written', path: ARTIFACT }, server.faults.join('; '));
    assert.deepEqual(await artifact(), { title: 'a', steps: ['é', '1'] });
    assert.deepEqual(kept.toolCalls.map(({ tool, outcome }) => `${tool} ${outcome}`).slice(0, 3), [
      'read_file ok',
      'ls ok',
      'grep ok',
    ]);
    assert.deepEqual(server.faults, []);
    assert.equal(learned.length, row.learned?.length ?? 0, learned.join('; '));
    for (const [n, words] of (row.learned ?? []).entries()) assert.match(learned[n] ?? '', words);
    row.check?.(server);
    if (!row.learned) assertSameBeginnings(server);
  });

  test(`the same after a crash in its middle, from what was kept: ${row.name}`, async (t) => {
    let failed = false;
    const crash: Row['refuse'] = (body, n, request) => {
      const refusal = row.refuse?.(body, n, request);
      if (refusal || failed || body.messages.length < 5) return refusal;
      failed = true;
      return { status: 503, body: { error: { message: 'overloaded' } } };
    };
    const { run, server, artifact } = await phase(t, { ...row, refuse: crash });
    await assert.rejects(run(), (error) => error instanceof ModelFailure && error.code === 'provider_error');
    const { outcome } = await run();
    assert.equal(outcome.kind, 'artifact_written', server.faults.join('; '));
    assert.deepEqual(await artifact(), { title: 'a', steps: ['é', '1'] });
    assert.deepEqual(server.faults, []);
  });
}

/** Providers cache the beginning of a request: each request begins with the whole of the one before. */
function assertSameBeginnings({ sent }: ProviderServer): void {
  for (const [n, body] of sent.slice(1).entries()) {
    const before = JSON.stringify(sent[n]?.messages).slice(0, -1);
    assert.ok(JSON.stringify(body.messages).startsWith(before));
    assert.deepEqual(body.tools, sent[n]?.tools);
  }
}

async function phase(t: TestContext, row: Row) {
  const root = await mkdtemp(join(tmpdir(), 'phasegate-provider-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'artifacts'));
  await mkdir(join(root, 'repo'));
  await writeFile(join(root, 'repo/a.txt'), 'the orchard\n');
  const server = await startProvider(t, row);
  const kept = new MemoryConversations();
  const learned: string[] = [];
  const request = benchRequest(server.baseUrl, openConfinedFolder(root, { mayWrite: () => null }), kept);
  const recipe = row.recipe === undefined ? {} : await recipeAccess(row.recipe);
  const complete: AgentRequest = {
    ...request,
    model: { ...request.model, ...recipe, ...row.model, baseUrl: server.baseUrl },
    observe: { modelCall: () => undefined, learned: ({ told }) => void learned.push(told) },
  };
  return {
    server,
    kept,
    learned,
    run: () => runAgent(complete),
    artifact: async () => JSON.parse(await readFile(join(root, ARTIFACT), 'utf8')) as unknown,
  };
}
