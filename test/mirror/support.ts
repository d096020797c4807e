import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { contentHash } from '../../src/domain/text/hash.js';
import type { RunEvent } from '../../src/domain/record/events.js';
import type { ModelCall, ToolCall } from '../../src/domain/record/model-call.js';
import { money } from '../../src/domain/money/amount.js';
import type { Plan } from '../../src/domain/plan.js';
import type { RunRef } from '../../src/domain/run-state.js';
import type { Template } from '../../src/domain/template/template.js';
import { openMirror, type MirrorOptions } from '../../src/mirror/mirror.js';
import type { ArtifactRecord, Mirror } from '../../src/mirror/types.js';
import { createTestDatabase } from '../support/database.js';
import { NO_CHECKS, NO_COMMANDS } from '../support/no-checks.js';

/** A mirror on a database of the test's own. */
export async function testMirror(
  t: TestContext,
  options: MirrorOptions = {},
): Promise<{ mirror: Mirror; url: string }> {
  const database = await createTestDatabase();
  const mirror = openMirror(database.url, options);
  t.after(async () => {
    await mirror.close();
    await database.drop();
  });
  return { mirror, url: database.url };
}

/**
 * How many statements go to a database of this process while something is done, beside those that new connections begin
 * with.
 */
export async function countStatements(what: () => Promise<unknown>): Promise<number> {
  const query = pg.Client.prototype.query;
  let count = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...args: Parameters<typeof query>) {
    if (!String(args[0]).includes('set_config')) count += 1;
    return query.apply(this, args);
  } as typeof query;
  try {
    await what();
  } finally {
    pg.Client.prototype.query = query;
  }
  return count;
}

export function newRun(): RunRef {
  const runId = randomUUID();
  return { runId, workflowId: `w-${runId.slice(0, 8)}`, executionRunId: runId };
}

let second = 0;

/** An event; its time is later than that of every event made before. */
export function event(type: RunEvent['type'], more: Partial<RunEvent> = {}): RunEvent {
  const ts = new Date(Date.UTC(2026, 10, 25) + second++ * 1_000).toISOString();
  return { type, phaseKey: null, payload: {}, idempotencyKey: `${type}:${randomUUID()}`, ts, ...more };
}

export const template: Template = {
  name: 't',
  version: '1',
  phases: [
    { key: 'design', role: 'worker', instructions: 'i' },
    { key: 'plan', role: 'worker', instructions: 'i' },
  ],
};

export function plan(more: Partial<Plan> = {}): Plan {
  const phase = {
    role: 'worker',
    instructions: 'i',
    artifact: null,
    gates: [],
    timeoutMs: 1,
    attempts: 2,
    patienceMs: 1,
    budget: { microUsd: null, tokens: null },
    maxModelCalls: 1,
    maxRevisions: 3,
    maySkip: false,
  };
  const persona = {
    name: 'p',
    version: '1',
    roles: ['worker'],
    backend: 'b',
    model: 'm',
    systemPrompt: 's',
    tools: [],
  };
  return {
    template: { name: 't', version: '1', hash: 'template-hash' },
    phases: [
      { ...phase, ...NO_CHECKS, key: 'design', index: 0 },
      { ...phase, ...NO_CHECKS, key: 'plan', index: 1 },
    ],
    bindings: [{ role: 'worker', persona, personaHash: contentHash(persona), bindingHash: 'binding' }],
    commands: NO_COMMANDS,
    schemas: {},
    prices: {},
    repository: { path: '/r', baseBranch: 'main', baseCommit: 'c', branch: 'phasegate/w', checkoutMs: 900_000 },
    requirements: { sha256: 'r', bytes: 1 },
    inputHash: 'i',
    budget: { microUsd: money(5_000_000), tokens: null },
    onBudget: 'fail',
    onHumanRequired: 'fail',
    startedBy: null,
    queueing: { priorityKey: 3, fairnessKey: 'shop' },
    notify: [],
    ...more,
  };
}

export function modelCall(id: string, more: Partial<ModelCall> = {}): ModelCall {
  return {
    id,
    phaseKey: 'design',
    attempt: 1,
    threadId: 'thread',
    persona: 'p',
    personaVersion: '1',
    backend: 'b',
    model: 'm',
    status: 'ok',
    errorCode: null,
    finishReason: 'stop',
    inputTokens: 10,
    outputTokens: 5,
    cachedTokens: 2,
    reasoningTokens: 1,
    costInputMicroUsd: money(100),
    costOutputMicroUsd: money(50),
    reservedMicroUsd: null,
    reservedTokens: null,
    latencyMs: 7,
    ts: '2026-11-25T10:00:00.000Z',
    ...more,
  };
}

export function toolCall(id: string, more: Partial<ToolCall> = {}): ToolCall {
  return {
    id,
    phaseKey: 'design',
    attempt: 1,
    threadId: 'thread',
    tool: 'ls',
    args: { path: '.' },
    outcome: 'ok',
    message: null,
    exitCode: null,
    durationMs: 1,
    ts: '2026-11-25T10:00:00.000Z',
    ...more,
  };
}

export function artifact(more: Partial<ArtifactRecord> = {}): ArtifactRecord {
  return {
    phaseKey: 'design',
    occurrence: 'o',
    round: 1,
    attempt: 1,
    path: 'artifacts/design.json',
    schemaId: 'urn:x:y',
    sha256: 'a'.repeat(64),
    bytes: 2,
    valid: true,
    reason: null,
    errors: [],
    content: '{}',
    raw: Buffer.from('{}'),
    ts: '2026-11-25T10:00:00.000Z',
    ...more,
  };
}
