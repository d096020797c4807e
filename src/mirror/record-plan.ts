import { contentHash } from '../domain/hash.js';
import type { Binding, Plan } from '../domain/plan.js';
import type { RunRef } from '../domain/run-state.js';
import type { Template } from '../domain/template.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { PrismaClient } from './database.js';
import { toStored, toStoredJson } from './postgres-text.js';
import { ensureRun, type Db } from './runs.js';
import type { RecordedInput } from './types.js';

const json = (value: unknown): Prisma.InputJsonValue => toStoredJson(value) as Prisma.InputJsonValue;

/**
 * Records what a run is going to do (S02–S06), in one transaction: the template and the personas once per content, the
 * run, its input, its bindings and its phases. A plan made anew after a reset replaces the earlier one.
 */
export async function recordPlan(prisma: PrismaClient, run: RunRef, plan: Plan, input: RecordedInput, template: Template): Promise<void> {
  await prisma.$transaction(async (db) => {
    await ensureRun(db, run);
    await recordTemplate(db, plan, template);
    await recordPersonas(db, plan.bindings);
    await db.run.update({ where: { id: run.runId }, data: runColumns(run, plan) });
    const { requirements, objective, extra } = input;
    const inputRow = {
      requirements: toStored(requirements),
      requirementsSha256: plan.requirements.sha256,
      objective: objective === null ? null : toStored(objective),
      extra: json(extra),
      inputHash: plan.inputHash,
    };
    await db.runInput.upsert({ where: { runId: run.runId }, create: { runId: run.runId, ...inputRow }, update: inputRow });
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

function runColumns(run: RunRef, { template, repository, budgetMicroUsd }: Plan): Prisma.RunUncheckedUpdateInput {
  return {
    executionRunId: run.executionRunId,
    templateName: template.name,
    templateVersion: template.version,
    templateHash: template.hash,
    repoPath: toStored(repository.path),
    baseBranch: repository.baseBranch,
    baseCommit: repository.baseCommit,
    branch: repository.branch,
    budgetMicroUsd,
  };
}

async function recordBindings(db: Db, runId: string, bindings: readonly Binding[]): Promise<void> {
  await db.runBinding.deleteMany({ where: { runId } });
  await db.runBinding.createMany({ data: bindings.map(({ role, personaHash, bindingHash }) => ({ runId, role, personaHash, bindingHash })) });
}

async function recordPhases(db: Db, runId: string, { phases }: Plan): Promise<void> {
  await db.runPhase.deleteMany({ where: { runId, phaseKey: { notIn: phases.map(({ key }) => key) } } });
  const data = phases.map(({ key, index, role, artifact, gates, timeoutMs, attempts }) => ({
    runId,
    phaseKey: key,
    index,
    role,
    artifactPath: artifact?.path ?? null,
    schemaId: artifact?.schemaId ?? null,
    gates: gates.map(({ name }) => name),
    timeoutMs,
    maxAttempts: attempts,
  }));
  await db.runPhase.createMany({ data, skipDuplicates: true });
}
