import type { Money } from '../domain/money/amount.js';
import { addReservations, type Reservation } from '../domain/money/budget.js';
import type { ModelCall } from '../domain/record/model-call.js';
import { noUsage, type Usage } from '../domain/money/usage.js';
import { Prisma } from '../generated/prisma/client.js';
import type { Db } from './runs.js';

/** A usage as PostgreSQL puts it into JSON. Money is a text, because a number would be rounded. */
export type UsageRow = Omit<Usage, 'undoneMicroUsd' | 'undoneTokens'>;

/** What all model calls of a run used. */
export async function readUsage(db: Db, runId: string): Promise<Usage> {
  const [row] = await db.$queryRaw<[{ usage: UsageRow }]>`SELECT (${usageOf(runId)}) AS usage`;
  return toUsage(row.usage);
}

/** The query of a usage, as one value of JSON. */
export function usageOf(runId: string): Prisma.Sql {
  return Prisma.sql`
    SELECT json_build_object('calls', count(*), 'inputTokens', coalesce(sum(input_tokens), 0), 'outputTokens', coalesce(sum(output_tokens), 0),
      'cachedTokens', coalesce(sum(cached_tokens), 0), 'reasoningTokens', coalesce(sum(reasoning_tokens), 0),
      'costMicroUsd', ${asMoney(Prisma.sql`coalesce(cost_input_micro_usd, 0) + coalesce(cost_output_micro_usd, 0)`)},
      'unpricedCalls', count(*) FILTER (WHERE cost_input_micro_usd IS NULL OR cost_output_micro_usd IS NULL),
      'reservedMicroUsd', ${asMoney(Prisma.sql`reserved_micro_usd`, 'ok')},
      'reservedTokens', coalesce(sum(reserved_tokens) FILTER (WHERE status = 'ok'), 0),
      'brokenMicroUsd', ${asMoney(Prisma.sql`reserved_micro_usd`, 'error')},
      'brokenTokens', coalesce(sum(reserved_tokens) FILTER (WHERE status = 'error'), 0))
    FROM public.llm_calls WHERE run_id = ${runId}::uuid`;
}

function asMoney(amount: Prisma.Sql, status?: ModelCall['status']): Prisma.Sql {
  const filter = status === undefined ? Prisma.empty : Prisma.sql`FILTER (WHERE status = ${status})`;
  return Prisma.sql`trim_scale(coalesce(sum(${amount}) ${filter}, 0))::text`;
}

/** A reset takes nothing away here: the calls before a reset are among these calls. */
export function toUsage(row: UsageRow): Usage {
  return { ...noUsage(), ...row };
}

/**
 * What the calls of a run count against budgets. The replies of one conversation are left out, because the agent counts
 * them itself.
 */
export async function readSpent(
  db: Db,
  runId: string,
  { phaseKey, threadId }: { phaseKey: string; threadId: string },
): Promise<{ run: Reservation; phase: Reservation }> {
  // as texts: the session's extra_float_digits may leave no more than one digit of a float
  const found = await db.$queryRaw<{ isPhase: boolean | null; microUsd: Money; tokens: string }[]>`
    SELECT phase_key = ${phaseKey} AS "isPhase",
      trim_scale(sum(coalesce(cost_input_micro_usd, 0) + coalesce(cost_output_micro_usd, 0) + coalesce(reserved_micro_usd, 0)))::text AS "microUsd",
      sum(input_tokens + output_tokens + coalesce(reserved_tokens, 0))::text AS tokens
    FROM public.llm_calls
    WHERE run_id = ${runId}::uuid AND NOT (thread_id = ${threadId} AND status = 'ok')
    GROUP BY 1`;
  const rows = found.map(({ tokens, ...row }) => ({ ...row, tokens: Number(tokens) }));
  const ofPhase = rows.filter(({ isPhase }) => isPhase);
  return { run: addReservations(...rows), phase: addReservations(...ofPhase) };
}

/**
 * Whether the ledger has a reply to a call. A conversation makes one call at a time, so the time when a call began
 * identifies it.
 */
export async function hasReply(
  db: Db,
  runId: string,
  { threadId, ts }: Pick<ModelCall, 'threadId' | 'ts'>,
): Promise<boolean> {
  return (
    (await db.llmCall.findFirst({
      where: { runId, threadId, status: 'ok', ts: new Date(ts) },
      select: { callId: true },
    })) !== null
  );
}
