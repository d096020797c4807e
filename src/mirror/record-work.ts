import type { ModelCall, ToolCall } from '../domain/model-call.js';
import type { RunRef } from '../domain/run-state.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { PrismaClient } from './database.js';
import { toStored, toStoredJson } from './postgres-text.js';
import { ensureRun, type Db } from './runs.js';
import type { ArtifactRecord } from './types.js';

const MAX_RAW_BYTES = 1024 * 1024;

/** Keeps what an attempt left (S14): its bytes up to 1 MiB, and the document of a valid one. */
export async function recordArtifact(prisma: PrismaClient, run: RunRef, artifact: ArtifactRecord): Promise<void> {
  const { content, raw, errors, ts, reason, path, ...rest } = artifact;
  const row: Prisma.ArtifactCreateManyInput = {
    ...rest,
    runId: run.runId,
    executionRunId: run.executionRunId,
    path: toStored(path),
    reason,
    errors: toStoredJson(errors) as Prisma.InputJsonValue,
    ...(artifact.valid ? { content: toStoredJson(content) as Prisma.InputJsonValue } : {}),
    raw: raw && raw.length <= MAX_RAW_BYTES ? Uint8Array.from(raw) : null,
    createdAt: ts,
  };
  await withRun(prisma, run, (db) => db.artifact.createMany({ data: [row], skipDuplicates: true }));
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
    if ((error as { code?: unknown }).code !== 'P2003') throw error;
    await ensureRun(prisma, run);
    return write(prisma);
  }
}
