import type { ModelCall, ToolCall } from '../domain/record/model-call.js';
import { addMoney, type Money } from '../domain/money/amount.js';
import type { RunRef } from '../domain/run-state.js';
import { Prisma } from '../generated/prisma/client.js';
import type { PrismaClient } from './database.js';
import { isNoSuchParent } from './postgres-error.js';
import { fromStored, toStored, toStoredJson } from './postgres-text.js';
import { ensureRun, type Db } from './runs.js';
import type { ArtifactRecord } from './types.js';

const MAX_RAW_BYTES = 1024 * 1024;

/** Keeps what an attempt left (S14): its bytes up to 1 MiB, and the document when it is valid. */
export async function recordArtifact(prisma: PrismaClient, run: RunRef, artifact: ArtifactRecord): Promise<void> {
  const { phaseKey, occurrence, round, attempt, schemaId, sha256, bytes, valid, reason, ts } = artifact;
  const path = toStored(artifact.path);
  // as texts: Prisma takes documents apart value by value
  const errors = JSON.stringify(toStoredJson(artifact.errors));
  const content = valid ? artifact.content : null;
  const raw = artifact.raw && artifact.raw.length <= MAX_RAW_BYTES ? Uint8Array.from(artifact.raw) : null;
  await withRun(
    prisma,
    run,
    (db) => db.$executeRaw`
    INSERT INTO public.artifacts (run_id, execution_run_id, phase_key, occurrence, round, attempt, path, schema_id, sha256, bytes, valid, reason, errors, content, raw, created_at)
    VALUES (${run.runId}::uuid, ${run.executionRunId}::uuid, ${phaseKey}, ${occurrence}, ${round}, ${attempt}, ${path}, ${schemaId}, ${sha256}, ${bytes}, ${valid}, ${reason},
      ${errors}::jsonb, ${content}::jsonb, ${raw}, ${ts}::timestamptz)
    ON CONFLICT DO NOTHING`,
  );
}

/** Adds model calls that are new, and adds their cost to the run's cost (S23), in one statement. */
export async function recordModelCalls(prisma: PrismaClient, run: RunRef, calls: readonly ModelCall[]): Promise<void> {
  if (calls.length === 0) return;
  await withRun(prisma, run, (db) => db.$executeRaw`WITH ${addedModelCalls(run.runId, calls)} SELECT 1`);
}

/**
 * Parts of a statement that add model calls, and their cost to the run's cost. The exact sum is kept beside the sum in
 * whole micro-dollars, which is rounded from it once. The cost is not added up anew, because a statement doesn't see
 * the calls that others add at the same time. What it adds goes to the newest row, which it locks.
 */
export function addedModelCalls(runId: string, calls: readonly ModelCall[]): Prisma.Sql {
  const rows = JSON.stringify(toStoredJson(calls));
  return Prisma.sql`added_model_calls AS (
      INSERT INTO public.llm_calls (run_id, call_id, phase_key, attempt, thread_id, persona, persona_version, backend, model, status,
        error_code, finish_reason, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
        cost_input_micro_usd, cost_output_micro_usd, reserved_micro_usd, reserved_tokens, latency_ms, ts)
      SELECT ${runId}::uuid, c.id, c."phaseKey", c.attempt, c."threadId", c.persona, c."personaVersion", c.backend, c.model, c.status,
        c."errorCode", c."finishReason", c."inputTokens", c."outputTokens", c."cachedTokens", c."reasoningTokens",
        c."costInputMicroUsd", c."costOutputMicroUsd", c."reservedMicroUsd", c."reservedTokens", c."latencyMs", c.ts
      FROM jsonb_to_recordset(${rows}::jsonb)
        AS c (id text, "phaseKey" text, attempt int, "threadId" text, persona text, "personaVersion" text, backend text, model text, status text,
          "errorCode" text, "finishReason" text, "inputTokens" bigint, "outputTokens" bigint, "cachedTokens" bigint, "reasoningTokens" bigint,
          "costInputMicroUsd" numeric, "costOutputMicroUsd" numeric, "reservedMicroUsd" numeric, "reservedTokens" bigint,
          "latencyMs" bigint, ts timestamptz)
      ON CONFLICT DO NOTHING
      RETURNING COALESCE(cost_input_micro_usd, 0) + COALESCE(cost_output_micro_usd, 0) AS cost
    ), added_cost AS (
      UPDATE public.runs SET cost_exact_micro_usd = cost_exact_micro_usd + total.cost,
        cost_micro_usd = ${wholeMicroUsd(Prisma.sql`cost_exact_micro_usd + total.cost`)}
      FROM (SELECT SUM(cost) AS cost FROM added_model_calls) total
      WHERE id = ${runId}::uuid AND total.cost > 0
    )`;
}

/** Rounded, and no more than the column holds, because providers may send any number of tokens. */
function wholeMicroUsd(exact: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`least(round(${exact}), 9223372036854775807)`;
}

/** The paid replies of a conversation, in order. */
export async function readModelCalls(prisma: PrismaClient, runId: string, threadId: string): Promise<ModelCall[]> {
  const rows = await prisma.llmCall.findMany({ where: { runId, threadId, status: 'ok' }, orderBy: { ts: 'asc' } });
  return rows.map(({ callId, runId: _run, ts, ...row }) => ({
    ...row,
    id: fromStored(callId),
    status: 'ok',
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cachedTokens: Number(row.cachedTokens),
    reasoningTokens: Number(row.reasoningTokens),
    costInputMicroUsd: toMoney(row.costInputMicroUsd),
    costOutputMicroUsd: toMoney(row.costOutputMicroUsd),
    reservedMicroUsd: toMoney(row.reservedMicroUsd),
    reservedTokens: row.reservedTokens === null ? null : Number(row.reservedTokens),
    latencyMs: Number(row.latencyMs),
    ts: ts.toISOString(),
  }));
}

function toMoney(amount: Prisma.Decimal | null): Money | null {
  return amount === null ? null : addMoney(amount.toFixed() as Money);
}

/**
 * Adds up anew what a run cost. The caller's transaction must have locked the run's row, so that no call is added
 * meanwhile.
 */
export async function recountCost(db: Db, runId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE public.runs SET cost_exact_micro_usd = total.cost, cost_micro_usd = ${wholeMicroUsd(Prisma.sql`total.cost`)}
    FROM (
      SELECT COALESCE(SUM(COALESCE(cost_input_micro_usd, 0) + COALESCE(cost_output_micro_usd, 0)), 0) AS cost
      FROM public.llm_calls WHERE run_id = ${runId}::uuid
    ) total
    WHERE id = ${runId}::uuid`;
}

/** Part of a statement that adds tool calls (S26). */
export function addedToolCalls(runId: string, calls: readonly ToolCall[]): Prisma.Sql {
  const rows = JSON.stringify(toStoredJson(calls));
  return Prisma.sql`added_tool_calls AS (
      INSERT INTO public.tool_calls (run_id, call_id, phase_key, attempt, thread_id, tool, args, outcome, message, exit_code, duration_ms, ts)
      SELECT ${runId}::uuid, c.id, c."phaseKey", c.attempt, c."threadId", c.tool, COALESCE(c.args, 'null'::jsonb), c.outcome, c.message, c."exitCode", c."durationMs", c.ts
      FROM jsonb_to_recordset(${rows}::jsonb)
        AS c (id text, "phaseKey" text, attempt int, "threadId" text, tool text, args jsonb, outcome text, message text, "exitCode" int,
          "durationMs" bigint, ts timestamptz)
      ON CONFLICT DO NOTHING
    )`;
}

/** Only a damaged mirror lacks the run's row, so it is made only when the database says that it is missing. */
export async function withRun<T>(prisma: PrismaClient, run: RunRef, write: (db: Db) => Promise<T>): Promise<T> {
  try {
    return await write(prisma);
  } catch (error) {
    if (!isNoSuchParent(error)) throw error;
    await ensureRun(prisma, run);
    return write(prisma);
  }
}
