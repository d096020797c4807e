import type { CheckOutcome } from '../domain/check/check-run.js';
import type { MirroredRun } from '../domain/record/verify-run.js';
import type { PrismaClient } from './database.js';
import { toEventFacts } from './list-events.js';
import { fromStored } from './postgres-text.js';
import { toSummary, type Db } from './runs.js';

/** All that the mirror has about a run, for a comparison with history; null when it has no such run. */
export async function readMirroredRun(prisma: PrismaClient, runId: string): Promise<MirroredRun | null> {
  const row = await prisma.run.findUnique({ where: { id: runId } });
  if (!row) return null;
  const { state, eventCount } = toSummary(row);
  return {
    state,
    eventCount,
    hasReport: row.report !== null,
    events: await readEvents(prisma, runId),
    artifacts: await listArtifacts(prisma, runId),
    checks: await readChecks(prisma, runId),
    calls: await readCalls(prisma, runId),
  };
}

/** All events of a run with their keys, by number. */
export async function readEvents(db: Db, runId: string): Promise<MirroredRun['events']> {
  const rows = await db.runEvent.findMany({ where: { runId }, orderBy: { seq: 'asc' } });
  return rows.map((row) => ({ ...toEventFacts(row), idempotencyKey: fromStored(row.idempotencyKey) }));
}

/** All artifacts of a run, and whether their bytes are still the same; empty when there is no such run. */
export function listArtifacts(prisma: PrismaClient, runId: string): Promise<MirroredRun['artifacts']> {
  // the database makes the digests, because each artifact may be a megabyte
  return prisma.$queryRaw<MirroredRun['artifacts'][number][]>`
    SELECT phase_key AS "phaseKey", sha256, valid, CASE WHEN raw IS NULL THEN NULL ELSE encode(sha256(raw), 'hex') = sha256 END AS intact
    FROM public.artifacts WHERE run_id = ${runId}::uuid ORDER BY id`;
}

async function readChecks(prisma: PrismaClient, runId: string): Promise<MirroredRun['checks']> {
  const rows = await prisma.checkRun.findMany({
    where: { runId, kind: 'check' },
    select: { phaseKey: true, round: true, attempt: true, name: true, outcome: true },
  });
  return rows.map((row) => ({ ...row, name: fromStored(row.name), outcome: row.outcome as CheckOutcome }));
}

async function readCalls(prisma: PrismaClient, runId: string): Promise<MirroredRun['calls']> {
  const rows = await prisma.llmCall.groupBy({ by: ['phaseKey', 'attempt'], where: { runId }, _count: true });
  return rows.map(({ phaseKey, attempt, _count: calls }) => ({ phaseKey, attempt, calls }));
}
