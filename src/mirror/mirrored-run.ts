import type { MirroredRun } from '../domain/record/verify-run.js';
import { sha256 } from '../domain/text/hash.js';
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
  const rows = await prisma.$queryRaw<MirroredRun['checks'][number][]>`
    SELECT id, phase_key AS "phaseKey", round, attempt, kind, name, command, command_end AS "end", exit_code AS "exitCode",
      duration_ms::double precision AS "durationMs", tree, commit, sandbox, outcome,
      encode(sha256(convert_to(output, 'UTF8')), 'hex') = output_sha256 AS intact
    FROM public.check_runs WHERE run_id = ${runId}::uuid ORDER BY ts, id`;
  const checks: MirroredRun['checks'][number][] = [];
  for (const row of rows) {
    const [id, name, command] = [row.id, row.name, row.command].map(fromStored) as [string, string, string];
    checks.push({ ...row, id, name, command, intact: row.intact || (await isIntact(prisma, runId, row.id)) });
  }
  return checks;
}

/** An output with characters that PostgreSQL can't hold has another digest there. */
async function isIntact(prisma: PrismaClient, runId: string, id: string): Promise<boolean> {
  const row = await prisma.checkRun.findUnique({
    where: { runId_id: { runId, id } },
    select: { output: true, outputSha256: true },
  });
  return row !== null && sha256(fromStored(row.output)) === row.outputSha256;
}

async function readCalls(prisma: PrismaClient, runId: string): Promise<MirroredRun['calls']> {
  const rows = await prisma.llmCall.groupBy({ by: ['phaseKey', 'attempt'], where: { runId }, _count: true });
  return rows.map(({ phaseKey, attempt, _count: calls }) => ({ phaseKey, attempt, calls }));
}
