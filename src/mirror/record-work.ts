import type { ModelCall, ToolCall } from '../domain/model-call.js';
import type { RunRef } from '../domain/run-state.js';
import type { Prisma } from '../generated/prisma/client.js';
import { isNoSuchParent, type PrismaClient } from './database.js';
import { toStored, toStoredJson } from './postgres-text.js';
import { ensureRun, type Db } from './runs.js';
import type { ArtifactRecord } from './types.js';

const MAX_RAW_BYTES = 1024 * 1024;

/** Keeps what an attempt left (S14): its bytes up to 1 MiB, and the document of a valid one. */
export async function recordArtifact(prisma: PrismaClient, run: RunRef, artifact: ArtifactRecord): Promise<void> {
  const { phaseKey, occurrence, attempt, schemaId, sha256, bytes, valid, reason, ts } = artifact;
  const path = toStored(artifact.path);
  // as texts: Prisma takes documents apart value by value
  const errors = JSON.stringify(toStoredJson(artifact.errors));
  const content = valid ? JSON.stringify(toStoredJson(artifact.content)) : null;
  const raw = artifact.raw && artifact.raw.length <= MAX_RAW_BYTES ? Uint8Array.from(artifact.raw) : null;
  await withRun(prisma, run, (db) => db.$executeRaw`
    INSERT INTO artifacts (run_id, execution_run_id, phase_key, occurrence, attempt, path, schema_id, sha256, bytes, valid, reason, errors, content, raw, created_at)
    VALUES (${run.runId}::uuid, ${run.executionRunId}::uuid, ${phaseKey}, ${occurrence}, ${attempt}, ${path}, ${schemaId}, ${sha256}, ${bytes}, ${valid}, ${reason},
      ${errors}::jsonb, ${content}::jsonb, ${raw}, ${ts}::timestamptz)
    ON CONFLICT DO NOTHING`);
}

/** Adds model calls that are new, and brings the run's cost up to date (S23). */
export async function recordModelCalls(prisma: PrismaClient, run: RunRef, calls: readonly ModelCall[]): Promise<void> {
  if (calls.length === 0) return;
  const data = calls.map(({ id, threadId, model, ...call }) => ({ ...call, runId: run.runId, callId: toStored(id), threadId, model: toStored(model) }));
  const { count } = await withRun(prisma, run, (db) => db.llmCall.createMany({ data, skipDuplicates: true }));
  if (count === 0) return;
  await prisma.$executeRaw`
    UPDATE runs SET cost_micro_usd = (
      SELECT COALESCE(SUM(COALESCE(cost_input_micro_usd, 0) + COALESCE(cost_output_micro_usd, 0)), 0) FROM llm_calls WHERE run_id = ${run.runId}::uuid)
    WHERE id = ${run.runId}::uuid`;
}

/** Adds tool calls that are new (S26). */
export async function recordToolCalls(prisma: PrismaClient, run: RunRef, calls: readonly ToolCall[]): Promise<void> {
  if (calls.length === 0) return;
  const data = calls.map(({ id, tool, args, message, ...call }) => ({
    ...call,
    runId: run.runId,
    callId: toStored(id),
    tool: toStored(tool),
    args: toStoredJson(args ?? null) as Prisma.InputJsonValue,
    message: message === null ? null : toStored(message),
  }));
  await withRun(prisma, run, (db) => db.toolCall.createMany({ data, skipDuplicates: true }));
}

/** The run's row is there in all but a damaged mirror: it is made only when the database says that it is missing. */
async function withRun<T>(prisma: PrismaClient, run: RunRef, write: (db: Db) => Promise<T>): Promise<T> {
  try {
    return await write(prisma);
  } catch (error) {
    if (!isNoSuchParent(error)) throw error;
    await ensureRun(prisma, run);
    return write(prisma);
  }
}
