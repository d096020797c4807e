import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { runAgent, type AgentRequest } from '../../src/agent/run-agent.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { compileValidator } from '../../src/domain/artifact-validation.js';
import type { JsonValue } from '../../src/domain/text/json.js';
import type { Behaviour } from '../../src/model-server/server.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { MemoryConversations } from '../agent/support/memory-conversations.js';
import { serve } from './support/chat.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import type { AttemptProblem } from '../../src/domain/attempt-problem.js';

const root = PACKAGE_ROOT;
const at = (name: string): string => path.join(root, name);
const catalog = loadCatalog({
  templates: at('templates'),
  personas: at('personas'),
  schemas: at('schemas'),
  backends: at('backends.yaml'),
});
const ID = 'urn:phasegate:artifact:implementation';
const ARTIFACT = 'artifacts/implementation.json';

/** The real agent with the shipped implementer in a folder of its own, asking a server that behaves as scripted. */
async function implementer(
  t: TestContext,
  ...behaviours: Behaviour[]
): Promise<{ request: AgentRequest; folder: string; kept: MemoryConversations }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'phasegate-scripted-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(path.join(folder, 'repo'));
  await mkdir(path.join(folder, 'artifacts'));
  await writeFile(path.join(folder, 'repo/README.md'), '# Demo\n');
  const server = await serve(t);
  const persona = (await catalog.personas()).find(({ name }) => name === 'implementer')!;
  server.script(persona.model, behaviours);
  const schemas = await catalog.schemaClosure(ID);
  const kept = new MemoryConversations();
  const request: AgentRequest = {
    model: { baseUrl: server.url, apiKey: 'k', backend: 'openai', name: persona.model, price: null },
    systemPrompt: persona.systemPrompt,
    persona,
    tools: persona.tools,
    repair: null,
    attempt: 1,
    maxModelCalls: 10,
    callTimeoutMs: 5_000,
    phaseKey: 'implementation',
    prompt: async () => `Leave ${ARTIFACT}.\nREQUIREMENTS BEGIN 1\nGreet in Welsh\nREQUIREMENTS END 1`,
    folder: openConfinedFolder(folder, { mayWrite: () => null }),
    artifact: { path: ARTIFACT, schema: schemas[ID]!, schemas },
    threadId: 'run:r:phase:implementation',
    conversation: kept,
    budget: { microUsd: null, tokens: null },
    signal: new AbortController().signal,
    observe: { modelCall: () => undefined },
  };
  return { request, folder, kept };
}

test('S10: the real agent carries an implementation through with it: a change below repo/, and a valid artifact', async (t) => {
  const { request, folder, kept } = await implementer(t);
  const { outcome, calls } = await runAgent(request);
  assert.equal(outcome.kind, 'artifact_written', JSON.stringify(outcome));
  assert.deepEqual(
    kept.toolCalls.map(({ tool, outcome: how }) => [tool, how]),
    [
      ['ls', 'ok'],
      ['read_file', 'ok'],
      ['write_file', 'ok'],
      ['write_artifact', 'ok'],
    ],
  );
  assert.match(await readFile(path.join(folder, 'repo/docs/greet-in-welsh.md'), 'utf8'), /^# Greet in Welsh/);
  const artifact = JSON.parse(await readFile(path.join(folder, ARTIFACT), 'utf8')) as JsonValue;
  assert.deepEqual(compileValidator(ID, request.artifact.schemas)(artifact), []);
  assert.ok(
    calls.at(-1)!.cachedTokens > 0 && calls.at(-1)!.reasoningTokens > 0,
    'S23: the figures of the provider arrive',
  );
});

test('an artifact that the script breaks is refused, and the default answer mends it', async (t) => {
  const { request, folder } = await implementer(t, { fault: 'invalid_artifact' });
  const validate = compileValidator(ID, request.artifact.schemas);
  const artifact = async (): Promise<JsonValue> =>
    JSON.parse(await readFile(path.join(folder, ARTIFACT), 'utf8')) as JsonValue;
  const judge = async (): Promise<AttemptProblem | null> => {
    const errors = validate(await artifact());
    return errors.length === 0 ? null : { reason: 'schema', message: 'it does not fit', errors };
  };
  const { outcome, calls } = await runAgent({ ...request, artifact: { ...request.artifact, judge } });
  assert.equal(outcome.kind, 'artifact_written');
  assert.deepEqual(validate(await artifact()), []);
  assert.ok(
    calls.every(({ attempt }) => attempt === 1),
    'the model mended it in the same attempt',
  );
});
