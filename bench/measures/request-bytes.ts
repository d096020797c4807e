import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { runAgent, type AgentCommands } from '../../src/agent/run-agent.js';
import { systemPromptFor } from '../../src/agent/system-prompt.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { phasePrompt } from '../../src/domain/prompt/phase-prompt.js';
import type { ConversationMessage } from '../../src/domain/record/conversation.js';
import { NO_COMMENTS } from '../../src/domain/rounds/comments.js';
import { bindPersonas } from '../../src/domain/template/binding.js';
import { planPhases } from '../../src/domain/template/plan-phases.js';
import type { PlannedPhase } from '../../src/domain/plan.js';
import type { Persona } from '../../src/domain/template/persona.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { openConfinedFolder } from '../../src/workspace/confined/confined-folder.js';
import { installPeers, PEERS } from '../install-peers.js';
import { verdict, type Finding, type Row } from '../results.js';

const TEMPLATES = ['feature', 'bugfix', 'repo-review'];
/** What the model says to both, in turn: each names the argument in its own way. */
const CALLS = [
  { name: 'ls', arguments: { path: '/repo' } },
  { name: 'read_file', arguments: { path: 'repo/a.txt', file_path: '/repo/a.txt' } },
];
const RUN_ID = '11111111-2222-4333-8444-555555555555';
const commands: AgentCommands = { keepsChanges: true, run: () => Promise.reject(new Error('not run')) };

/** Bytes of each request of the shipped templates, against deepagents with the same task and the same replies. */
export async function measureRequestBytes({ say }: { say: (line: string) => void }): Promise<Finding> {
  const missing = installPeers(say);
  const at = (name: string): string => join(PACKAGE_ROOT, name);
  const places = {
    templates: at('templates'),
    personas: at('personas'),
    schemas: at('schemas'),
    backends: at('backends.yaml'),
  };
  const catalog = loadCatalog(places);
  const [rows, samples]: [Row[], Record<string, unknown>] = [[], {}];
  for (const name of TEMPLATES) {
    const template = await catalog.template(name);
    const pool = await catalog.personas({ template });
    const bindings = bindPersonas(template, {
      pool,
      backendState: () => 'available',
      consented: new Set(),
      overrides: {},
    });
    for (const phase of planPhases(template, null)) {
      const persona = bindings.find(({ role }) => role === phase.role)?.persona;
      if (!persona || !phase.artifact) continue;
      const schemas = await catalog.schemaClosure(phase.artifact.schemaId);
      const artifact = { path: phase.artifact.path, schema: schemas[phase.artifact.schemaId] ?? null, schemas };
      const task = { persona, prompt: promptOf(phase, persona), artifact };
      const ours = await bytesOf((url) => askOurs(url, task));
      const theirs = missing === null ? await bytesOf((url) => askDeepagents(url, task)) : null;
      samples[`${name}/${phase.key}`] = { ours, theirs };
      rows.push(rowOf(`${name}/${phase.key}`, ours, theirs));
    }
  }
  return { rows, samples };
}

interface Task {
  persona: Persona;
  prompt: string;
  artifact: Parameters<typeof runAgent>[0]['artifact'];
}

function rowOf(name: string, ours: readonly number[], theirs: readonly number[] | null): Row {
  const growth = (bytes: readonly number[]): string =>
    bytes
      .slice(1)
      .map((next, n) => `+${next - (bytes[n] ?? 0)}`)
      .join(', ');
  const [own = 0, other] = [ours[0], theirs?.[0]];
  return {
    measure: `bytes of the first request, and growth by ls and read_file: ${name}`,
    measured: `${own} (${growth(ours)}); deepagents ${theirs ? `${other} (${growth(theirs)})` : 'could not be installed'}`,
    ratio: other === undefined ? '–' : `${(own / other).toFixed(2)} × deepagents`,
    target: '< 1 ×',
    verdict: other === undefined ? 'failed' : verdict(own < other),
  };
}

function promptOf(phase: PlannedPhase, { repoAccess }: Persona): string {
  if (!phase.artifact) throw new Error(`phase ${phase.key} has no artifact`);
  return phasePrompt({
    run: { runId: RUN_ID, workflowId: 'w', executionRunId: RUN_ID },
    phase: { ...phase, artifact: phase.artifact },
    requirements: 'Mark items as read.',
    earlier: [],
    texts: new Map(),
    repository: { baseBranch: 'main', branch: 'phasegate/w' },
    looks: null,
    mayChangeRepository: repoAccess === 'write',
    attempt: 1,
    round: 1,
    sentBack: null,
    comments: NO_COMMENTS,
    nonce: RUN_ID,
  });
}

async function askOurs(baseUrl: string, { persona, prompt, artifact }: Task): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'phasegate-bench-'));
  const messages: ConversationMessage[] = [];
  try {
    for (const folder of ['repo', 'artifacts']) mkdirSync(join(root, folder));
    writeFileSync(join(root, 'repo/a.txt'), 'one\ntwo\n');
    await runAgent({
      model: { baseUrl, apiKey: 'not a secret', backend: 'bench', name: 'm', price: null },
      systemPrompt: persona.systemPrompt,
      prompt: async () => prompt,
      repair: null,
      attempt: 1,
      tools: persona.tools,
      commands,
      folder: openConfinedFolder(root, { mayWrite: () => null }),
      artifact,
      threadId: 'bench',
      conversation: {
        read: async () => ({ messages: [], modelCalls: [] }),
        append: async (write) => void messages.push(...write.messages),
      },
      // more calls would be about what is left of them
      maxModelCalls: 100,
      callTimeoutMs: 30_000,
      budget: { microUsd: null, tokens: null },
      signal: new AbortController().signal,
      persona: { name: persona.name, version: persona.version },
      phaseKey: 'bench',
      observe: { modelCall: () => undefined },
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** It has no tool for the artifact, so the schema is in its prompt. */
async function askDeepagents(baseUrl: string, { persona, prompt, artifact }: Task): Promise<void> {
  const system = systemPromptFor({ systemPrompt: persona.systemPrompt, artifact }, []);
  await promisify(execFile)(process.execPath, [join(PEERS, 'deepagents.mjs'), baseUrl, system, prompt]);
}

/** The bytes of each request up to the one that has the answers to all calls. Then the model says no more. */
async function bytesOf(ask: (baseUrl: string) => Promise<void>): Promise<number[]> {
  const bytes: number[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bytes.push(Buffer.byteLength(body));
      const call = CALLS[bytes.length - 1];
      const called = call && { name: call.name, arguments: JSON.stringify(call.arguments) };
      const message = called
        ? {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: `call_${bytes.length}`, type: 'function', function: called }],
          }
        : { role: 'assistant', content: 'Done.' };
      const choices = [{ index: 0, finish_reason: called ? 'tool_calls' : 'stop', message }];
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ id: `r${bytes.length}`, object: 'chat.completion', created: 1, model: 'm', choices, usage }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  } finally {
    server.close();
  }
  return bytes.slice(0, CALLS.length + 1);
}
