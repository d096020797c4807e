import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ModelCall } from '../../../src/domain/record/model-call.js';
import type { ConversationStore } from '../../../src/domain/record/conversation.js';
import { runAgent, type AgentRequest, type AgentResult } from '../../../src/agent/run-agent.js';
import { openConfinedFolder, type ConfinedFolder } from '../../../src/workspace/confined/confined-folder.js';
import { MemoryConversations } from './memory-conversations.js';
import { startHttpStub, type Answer, type HttpStub } from './http-stub.js';

export const ARTIFACT = 'artifacts/design.json';
export const API_KEY = 'sk-test-0123456789abcdef';

export const DESIGN_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://phasegate.dev/schemas/design',
  type: 'object',
  properties: { title: { type: 'string' }, steps: { type: 'array', items: { type: 'string' } } },
  required: ['title'],
};

/** An agent with everything real but the model: a folder on disk, HTTP, its conversation in memory. */
export interface AgentBench {
  root: string;
  stub: HttpStub;
  /** What the observer was told. */
  seen: { started: number[]; begun: ModelCall[]; calls: ModelCall[] };
  /** Where the conversation is kept, with ledger and audit. */
  kept: MemoryConversations;
  request: AgentRequest;
  /** Runs the agent with parts of the request changed; each run is what one activity attempt would do. */
  run(changes?: Partial<AgentRequest>): Promise<AgentResult>;
  artifact(): Promise<unknown>;
}

/** Sets the bench up for one test, with the model's answers, and clears it away at the test's end. */
export async function agentBench(t: TestContext, ...script: Answer[]): Promise<AgentBench> {
  const root = await mkdtemp(join(tmpdir(), 'phasegate-agent-'));
  await mkdir(join(root, 'artifacts'));
  const stub = await startHttpStub(...script);
  t.after(async () => {
    await stub.close();
    await rm(root, { recursive: true, force: true });
  });
  const seen: AgentBench['seen'] = { started: [], begun: [], calls: [] };
  const kept = new MemoryConversations();
  const mayWrite = (path: string) => (path.startsWith('repo/secret/') ? 'repo/secret/ is not yours' : null);
  const request: AgentRequest = {
    ...benchRequest(stub.baseUrl, openConfinedFolder(root, { mayWrite }), kept),
    observe: {
      modelCallStarted: (n, begun) => {
        seen.started.push(n);
        seen.begun.push(begun);
      },
      modelCall: (call) => void seen.calls.push(call),
    },
  };
  return {
    root,
    stub,
    seen,
    kept,
    request,
    run: (changes = {}) => runAgent({ ...request, ...changes }),
    artifact: async () => JSON.parse(await readFile(join(root, ARTIFACT), 'utf8')) as unknown,
  };
}

/** What a phase's first attempt asks of the agent. */
export function benchRequest(baseUrl: string, folder: ConfinedFolder, conversation: ConversationStore): AgentRequest {
  return {
    model: {
      baseUrl,
      apiKey: API_KEY,
      backend: 'stub',
      name: 'stub-model',
      price: { inputPer1k: 0.01, outputPer1k: 0.03, cachedInputPer1k: 0.005 },
    },
    systemPrompt: 'You are a designer.',
    prompt: async () => 'Write the design.',
    repair: null,
    attempt: 1,
    tools: ['ls', 'read_file', 'write_file', 'edit_file', 'glob', 'grep'],
    folder,
    artifact: { path: ARTIFACT, schema: DESIGN_SCHEMA, schemas: {} },
    threadId: 'run:r:phase:design',
    conversation,
    maxModelCalls: 10,
    callTimeoutMs: 5_000,
    budget: { microUsd: null, tokens: null },
    signal: new AbortController().signal,
    persona: { name: 'ada', version: '1' },
    phaseKey: 'design',
    observe: { modelCall: () => undefined },
  };
}
