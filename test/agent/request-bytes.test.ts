// How many bytes a request of the shipped templates has before anything of the repository is in it.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { HumanMessage } from '@langchain/core/messages';
import type { AgentCommands } from '../../src/agent/agent-request.js';
import { dialectOf } from '../../src/agent/model/dialect/dialect.js';
import { offeredTools, requestBody } from '../../src/agent/model/dialect/request-body.js';
import { systemPromptFor } from '../../src/agent/system-prompt.js';
import { toolsFor } from '../../src/agent/tools/tools-for.js';
import { loadCatalog } from '../../src/catalog/catalog.js';
import { bindPersonas } from '../../src/domain/template/binding.js';
import { phasePrompt } from '../../src/domain/prompt/phase-prompt.js';
import { planPhases } from '../../src/domain/template/plan-phases.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { FIRST_ROUND } from '../support/no-checks.js';

const at = (name: string): string => path.join(PACKAGE_ROOT, name);
const catalog = loadCatalog({
  templates: at('templates'),
  personas: at('personas'),
  schemas: at('schemas'),
  backends: at('backends.yaml'),
});

/** A phase of a shipped template, with the parts of its first request that no repository decides. */
interface FirstRequest {
  phase: string;
  body: ReturnType<typeof requestBody>;
  bytes: number;
}

const commands: AgentCommands = { keepsChanges: true, run: () => Promise.reject(new Error('not run')) };

/** The first requests of a template: nothing is asked for, and the repository is empty. */
async function firstRequests(name: string, artifactTool = true): Promise<FirstRequest[]> {
  const template = await catalog.template(name);
  const bindings = bindPersonas(template, {
    pool: await catalog.personas({ template }),
    backendState: () => 'available',
    consented: new Set(),
    overrides: {},
  });
  const requests: FirstRequest[] = [];
  for (const phase of planPhases(template, null)) {
    const { artifact } = phase;
    const persona = bindings.find(({ role }) => role === phase.role)?.persona ?? assert.fail();
    assert.ok(artifact);
    const schemas = await catalog.schemaClosure(artifact.schemaId);
    const goal = { path: artifact.path, schema: schemas[artifact.schemaId] ?? null, schemas };
    const prompt = phasePrompt({
      run: { runId: RUN, workflowId: 'w', executionRunId: RUN },
      phase: { ...phase, artifact },
      requirements: '',
      earlier: [],
      texts: new Map(),
      repository: { baseBranch: 'main', branch: 'phasegate/w' },
      looks: null,
      mayChangeRepository: persona.repoAccess === 'write',
      attempt: 1,
      ...FIRST_ROUND,
      nonce: RUN,
    });
    const model = { baseUrl: '', apiKey: '', backend: 'b', name: persona.model, price: null, maxOutputTokens: 32_000 };
    const dialect = dialectOf({ dialect: { artifactTool } });
    const tools = offeredTools(toolsFor(persona.tools, goal, commands), dialect);
    const systemPrompt = systemPromptFor({ systemPrompt: persona.systemPrompt, artifact: goal }, tools);
    const body = requestBody(model, dialect, { systemPrompt, conversation: [new HumanMessage(prompt)], tools });
    requests.push({ phase: phase.key, body, bytes: Buffer.byteLength(JSON.stringify(body)) });
  }
  return requests;
}

const RUN = '11111111-2222-4333-8444-555555555555';
/** Beyond what the repository and the earlier phases add. */
const MOST_BYTES = { feature: 9_000, bugfix: 10_250, 'repo-review': 9_000 };

for (const [template, most] of Object.entries(MOST_BYTES)) {
  test(`the first request of each phase of ${template} has at most ${most} bytes of its own`, async () => {
    for (const { phase, bytes, body } of await firstRequests(template)) {
      const parts = Object.entries(body).map(([name, value]) => `${name} ${Buffer.byteLength(JSON.stringify(value))}`);
      assert.ok(bytes <= most, `${phase}: ${bytes} bytes (${parts.join(', ')})`);
    }
  });

  test(`the schema of an artifact of ${template} is in a request once: in the tool, or in the system prompt`, async () => {
    for (const artifactTool of [true, false])
      for (const { phase, body } of await firstRequests(template, artifactTool)) {
        const inMessages = JSON.stringify(body.messages).includes('JSON Schema (2020-12)');
        assert.equal(inMessages, !artifactTool, phase);
        assert.equal(JSON.stringify(body.tools).includes('"write_artifact"'), artifactTool, phase);
      }
  });
}
