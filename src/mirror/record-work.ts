import type { ModelCall, ToolCall } from '../domain/model-call.js';
import type { RunRef } from '../domain/run-state.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { PrismaClient } from './database.js';
import { isNoSuchParent } from './postgres-error.js';
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
    INSERT INTO public.artifacts (run_id, execution_run_id, phase_key, occurrence, attempt, path, schema_id, sha256, bytes, valid, reason, errors, content, raw, created_at)
    VALUES (${run.runId}::uuid, ${run.executionRunId}::uuid, ${phaseKey}, ${occurrence}, ${attempt}, ${path}, ${schemaId}, ${sha256}, ${bytes}, ${valid}, ${reason},
      ${errors}::jsonb, ${content}::jsonb, ${raw}, ${ts}::timestamptz)
    ON CONFLICT DO NOTHING`);
}

/**
 * Adds model calls that are new, and what they cost to the run's cost (S23), in one statement. The cost is not summed up anew:
 * a statement doesn't see the calls that others add beside it, while what it adds is added to the newest row, which it locks.
 */
export async function recordModelCalls(prisma: PrismaClient, run: RunRef, calls: readonly ModelCall[]): Promise<void> {
  if (calls.length === 0) return;
  const rows = JSON.stringify(toStoredJson(calls));
  await withRun(prisma, run, (db) => db.$executeRaw`
    WITH added AS (
      INSERT INTO public.llm_calls (run_id, call_id, phase_key, attempt, thread_id, persona, persona_version, backend, model, status,
        error_code, finish_reason, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
        cost_input_micro_usd, cost_output_micro_usd, latency_ms, ts)
      SELECT ${run.runId}::uuid, c.id, c."phaseKey", c.attempt, c."threadId", c.persona, c."personaVersion", c.backend, c.model, c.status,
        c."errorCode", c."finishReason", c."inputTokens", c."outputTokens", c."cachedTokens", c."reasoningTokens",
        c."costInputMicroUsd", c."costOutputMicroUsd", c."latencyMs", c.ts
      FROM jsonb_to_recordset(${rows}::jsonb)
        AS c (id text, "phaseKey" text, attempt int, "threadId" text, persona text, "personaVersion" text, backend text, model text, status text,
          "errorCode" text, "finishReason" text, "inputTokens" bigint, "outputTokens" bigint, "cachedTokens" bigint, "reasoningTokens" bigint,
          "costInputMicroUsd" bigint, "costOutputMicroUsd" bigint, "latencyMs" bigint, ts timestamptz)
      ON CONFLICT DO NOTHING
      RETURNING COALESCE(cost_input_micro_usd, 0) + COALESCE(cost_output_micro_usd, 0) AS cost
    )
    UPDATE public.runs SET cost_micro_usd = cost_micro_usd + total.cost
    FROM (SELECT SUM(cost) AS cost FROM added) total
    WHERE id = ${run.runId}::uuid AND total.cost > 0`);
}

/** Sums up anew what a run cost. Its row must be locked by the caller's transaction, so that no call is added meanwhile. */
export async function recountCost(db: Db, runId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE public.runs SET cost_micro_usd = (
      SELECT COALESCE(SUM(COALESCE(cost_input_micro_usd, 0) + COALESCE(cost_output_micro_usd, 0)), 0) FROM public.llm_calls WHERE run_id = ${runId}::uuid)
    WHERE id = ${runId}::uuid`;
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
