import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ChangedFile } from '../../../src/domain/change/changes.js';
import type { CheckFacts } from '../../../src/domain/record/report-facts.js';
import { money } from '../../../src/domain/money/amount.js';
import { noUsage } from '../../../src/domain/money/usage.js';
import type { Schemas } from '../../../src/domain/template/schema-place.js';
import type { JsonObject, JsonValue } from '../../../src/domain/text/json.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import type { KnownRun } from '../../../src/pages/tell-run.js';
import { NO_COMMANDS } from '../../support/no-checks.js';

const FOLDER = path.join(PACKAGE_ROOT, 'schemas', 'artifacts');
const SCHEMAS: Schemas = Object.fromEntries(
  readdirSync(FOLDER).map((file) => {
    const schema = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as { $id: string } & JsonObject;
    return [schema.$id, schema];
  }),
);
const BEGAN = Date.UTC(2026, 10, 30, 9, 0, 0);
const at = (minutes: number): string => new Date(BEGAN + minutes * 60_000).toISOString();

/** A phase of a run that is made up: what it left, and how it stands. */
export interface MadePhase {
  key: string;
  /** The name of one of our schemas: `review`. */
  schema: string;
  artifact: JsonValue;
  state?: 'completed' | 'awaiting_approval' | 'failed' | 'pending';
  gate?: string;
  /** Minutes. */
  work?: number;
  waited?: number;
  comment?: string;
}

export interface MadeRun {
  id: string;
  requirements: string;
  phases: MadePhase[];
  files: ChangedFile[];
  patch: string;
  checks: (Pick<CheckFacts, 'name' | 'outcome'> & { command: string; tail: string; phaseKey: string })[];
  protectedFiles?: string[];
  startedBy?: string;
  deliveries?: KnownRun['facts']['deliveries'];
}

/** A run as its page gets it, at the gate of the phase that waits, or at its end where none does. */
export function knownRun(made: MadeRun): KnownRun {
  let minute = 0;
  const moments: KnownRun['story']['moments'] = [];
  const requests: KnownRun['story']['requests'] = [];
  const decisions: KnownRun['story']['decisions'] = [];
  const phases = made.phases.map(({ key, state = 'completed', gate, work = 4, waited = 10, comment }, index) => {
    const tell = (type: (typeof moments)[number]['type']): void =>
      void moments.push({ type, phaseKey: key, round: 1, ts: at(minute) });
    const startedAt = at(minute);
    if (state !== 'pending') {
      tell('phase_started');
      minute += work;
      if (gate !== undefined) {
        tell('approval_requested');
        requests.push({
          ...{
            requestId: `q-${key}`,
            phaseKey: key,
            gate,
            round: 1,
            requestedAt: at(minute),
            artifactSha256: 'a'.repeat(64),
          },
          ...{ state: state === 'completed' ? 'approved' : 'pending', note: null, required: 1 },
          ...{
            expiresAt: state === 'completed' ? null : at(minute + 2_880),
            approvers: state === 'completed' ? null : ['ann', 'bob'],
            separateStarter: true,
            onTimeout: 'reject',
            escalateTo: [],
            decideBy: null,
            mayRevise: true,
          },
        });
        minute += waited;
        if (state === 'completed')
          decisions.push({
            requestId: `q-${key}`,
            action: 'approve',
            by: 'ann',
            via: 'update',
            comment: comment ?? null,
            at: at(minute),
          });
      }
      if (state === 'completed') tell('phase_completed');
    }
    return {
      ...{
        key,
        index,
        role: key,
        state,
        round: 1,
        attempts: state === 'pending' ? 0 : 1,
        errorCode: null,
        reason: null,
      },
      ...{ startedAt: state === 'pending' ? null : startedAt, endedAt: state === 'completed' ? at(minute) : null },
    };
  });
  const waits = requests.filter(({ state }) => state === 'pending').map(({ requestId }) => requestId);
  const began = made.phases.filter(({ state }) => state !== 'pending');
  const cost = (index: number) => money(80_000 + 130_000 * index);
  const checks = made.checks.map(({ phaseKey, name, outcome }): CheckFacts => ({
    ...{ phaseKey, round: 1, attempt: 1, kind: 'check', name, expect: 'pass', outcome, end: 'exited' },
    ...{ exitCode: outcome === 'passed' ? 0 : 1, durationMs: 41_000, outputSha256: 'b'.repeat(64), sandbox: 'bwrap' },
  }));
  const total = made.files.reduce(
    (sum, { added, removed }) => ({
      files: sum.files + 1,
      added: sum.added + (added ?? 0),
      removed: sum.removed + (removed ?? 0),
    }),
    { files: 0, added: 0, removed: 0 },
  );
  const run = {
    ...{
      runId: '0b9f2c1e-6a52-4a57-9d6f-3f7f5a6f0c11',
      workflowId: made.id,
      executionRunId: '0b9f2c1e-6a52-4a57-9d6f-3f7f5a6f0c11',
    },
    ...{
      templateName: 'feature',
      templateVersion: '3',
      templateHash: 'c'.repeat(64),
      repoPath: '/home/ann/flags',
      baseBranch: 'main',
    },
    ...{
      baseCommit: 'd'.repeat(40),
      branch: `phasegate/${made.id}`,
      budgetMicroUsd: money(5_000_000),
      budgetTokens: null,
    },
    ...{
      costMicroUsd: money(0),
      errorCode: null,
      errorMessage: null,
      eventCount: 40,
      createdAt: at(0),
      startedAt: at(0),
    },
  };
  return {
    facts: {
      run: {
        ...run,
        state: waits.length > 0 ? 'executing' : 'completed',
        endedAt: waits.length > 0 ? null : at(minute),
      },
      ...{
        objective: null,
        commands: NO_COMMANDS,
        checks,
        phases,
        events: [],
        openApprovals: [],
        rounds: [],
        fallbacks: [],
        deliveries: made.deliveries ?? [],
      },
      artifacts: began.map(({ key, schema }) => ({
        ...{
          phaseKey: key,
          occurrence: 'o',
          round: 1,
          attempt: 1,
          path: `artifacts/${key}.json`,
          schemaId: `urn:phasegate:artifact:${schema}`,
        },
        ...{ sha256: 'a'.repeat(64), bytes: 900, valid: true, reason: null, errors: [], createdAt: at(1) },
      })),
      ignoredMessages: 0,
      usage: {
        ...noUsage(),
        ...{ calls: 6 * began.length, inputTokens: 182_000, outputTokens: 21_400, cachedTokens: 96_000 },
        costMicroUsd: began.reduce((sum, _, index) => money(Number(sum) + Number(cost(index))), money(0)),
      },
      bindings: made.phases.map(({ key }, index) => ({
        ...{
          role: key,
          persona: `${key}-writer`,
          personaVersion: '2',
          personaHash: String(index).repeat(64).slice(0, 64),
        },
        ...{ backend: 'openai', model: index % 2 === 0 ? 'large-model' : 'small-model', bindingHash: 'e'.repeat(64) },
      })),
    },
    story: {
      requirements: made.requirements,
      startedBy: made.startedBy ?? 'Ann',
      ...{ requests, decisions, moments },
      calls: began.map(({ key }, index) => ({ phaseKey: key, calls: 6, costMicroUsd: cost(index), unpricedCalls: 0 })),
      commandTimes: checks.map(({ phaseKey, durationMs }) => ({ phaseKey, durationMs, ts: at(1) })),
      outputs: made.checks.map(({ phaseKey, name, outcome, command, tail }) => ({
        phaseKey,
        round: 1,
        kind: 'check',
        name,
        command,
        outcome,
        tail,
      })),
      documents: began.map(({ key, schema, artifact }) => ({
        ...{
          phaseKey: key,
          round: 1,
          path: `artifacts/${key}.json`,
          schemaId: `urn:phasegate:artifact:${schema}`,
          sha256: 'a'.repeat(64),
        },
        ...{ bytes: 900, raw: Buffer.from(JSON.stringify(artifact)).toString('base64'), schemasHash: 'own' },
      })),
      schemas: { own: SCHEMAS },
      protectedFiles: made.protectedFiles ?? [],
      gates: Object.fromEntries(made.phases.map(({ key, gate }) => [key, gate === undefined ? [] : [gate]])),
    },
    ending: waits.length > 0 ? null : { state: 'completed', error: null },
    repository: {
      commits: [
        {
          phaseKey: 'implementation',
          sha: 'f'.repeat(40),
          subject: 'implementation',
          filesChanged: total.files,
          insertions: total.added,
          deletions: total.removed,
        },
      ],
      changes: { files: made.files, total },
      uncommittedFiles: 0,
    },
    patch: { text: made.patch, cut: false },
    at: at(minute + (waits.length > 0 ? 3 : 0)),
    requestIds: waits,
  };
}
