import { contentHash } from '../domain/hash.js';
import type { Binding, Plan } from '../domain/plan.js';
import type { RunRef } from '../domain/run-state.js';
import type { Template } from '../domain/template.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { PrismaClient } from './database.js';
import { toStored, toStoredJson } from './postgres-text.js';
import type { Db } from './runs.js';
import type { RecordedInput } from './types.js';

const json = (value: unknown): Prisma.InputJsonValue => toStoredJson(value) as Prisma.InputJsonValue;

/**
 * Records what a run is going to do (S02–S06), in one transaction: the template and the personas once per content, the
 * run, its input, its bindings and its phases. A plan made anew after a reset replaces the earlier one.
 */
export async function recordPlan(prisma: PrismaClient, run: RunRef, plan: Plan, input: RecordedInput, template: Template): Promise<void> {
  await prisma.$transaction(async (db) => {
    await recordTemplate(db, plan, template);
    await recordPersonas(db, plan.bindings);
    const columns = runColumns(run, plan);
    // what Prisma would read back is of no use here
    await db.run.upsert({ where: { id: run.runId }, create: { id: run.runId, workflowId: toStored(run.workflowId), ...columns }, update: columns, select: { id: true } });
    const { requirements, objective, extra } = input;
    const inputRow = {
      requirements: toStored(requirements),
      requirementsSha256: plan.requirements.sha256,
      objective: objective === null ? null : toStored(objective),
      extra: json(extra),
      inputHash: plan.inputHash,
    };
    await db.runInput.upsert({ where: { runId: run.runId }, create: { runId: run.runId, ...inputRow }, update: inputRow, select: { runId: true } });
    await recordBindings(db, run.runId, plan.bindings);
    await recordPhases(db, run.runId, plan);
  });
}

async function recordTemplate(db: Db, { template: { name, version, hash } }: Plan, content: Template): Promise<void> {
  await db.workflowTemplate.createMany({ data: [{ hash, name, version, content: json(content) }], skipDuplicates: true });
}

async function recordPersonas(db: Db, bindings: readonly Binding[]): Promise<void> {
  const data = bindings.map(({ persona }) => {
    const { name, version, backend, model } = persona;
    return { hash: contentHash(persona), name, version, backend, model, content: json(persona) };
  });
  await db.agentPersona.createMany({ data, skipDuplicates: true });
}

function runColumns(run: RunRef, { template, repository, budget }: Plan) {
  return {
    executionRunId: run.executionRunId,
    templateName: template.name,
    templateVersion: template.version,
    templateHash: template.hash,
    repoPath: toStored(repository.path),
    baseBranch: repository.baseBranch,
    baseCommit: repository.baseCommit,
    branch: repository.branch,
    budgetMicroUsd: budget.microUsd,
    budgetTokens: budget.tokens,
  };
}

async function recordBindings(db: Db, runId: string, bindings: readonly Binding[]): Promise<void> {
  await db.runBinding.deleteMany({ where: { runId } });
  await db.runBinding.createMany({ data: bindings.map(({ role, personaHash, bindingHash }) => ({ runId, role, personaHash, bindingHash })) });
}

async function recordPhases(db: Db, runId: string, { phases }: Plan): Promise<void> {
  await db.runPhase.deleteMany({ where: { runId, phaseKey: { notIn: phases.map(({ key }) => key) } } });
  // a row may be there already, made by an event that came before its plan: its state stays
  const rows = phases.map(({ key, index, role, artifact, gates, timeoutMs, attempts }) => ({
    phase_key: key,
    index,
    role,
    artifact_path: artifact?.path ?? null,
    schema_id: artifact?.schemaId ?? null,
    gates: gates.map(({ name }) => name),
    timeout_ms: timeoutMs,
    max_attempts: attempts,
  }));
  await db.$executeRaw`
    INSERT INTO run_phases (run_id, phase_key, index, role, artifact_path, schema_id, gates, timeout_ms, max_attempts)
    SELECT ${runId}::uuid, p.phase_key, p.index, p.role, p.artifact_path, p.schema_id, p.gates, p.timeout_ms, p.max_attempts
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS p (phase_key text, index int, role text, artifact_path text, schema_id text, gates text[], timeout_ms bigint, max_attempts int)
    ON CONFLICT (run_id, phase_key) DO UPDATE SET
      index = EXCLUDED.index, role = EXCLUDED.role, artifact_path = EXCLUDED.artifact_path, schema_id = EXCLUDED.schema_id,
      gates = EXCLUDED.gates, timeout_ms = EXCLUDED.timeout_ms, max_attempts = EXCLUDED.max_attempts`;
}
