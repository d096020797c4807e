import type { ArtifactError } from '../domain/artifact.js';
import { PhasegateError } from '../domain/failures.js';
import type { ReportFacts } from '../domain/report-facts.js';
import type { PhaseState } from '../domain/run-state.js';
import type { Usage } from '../domain/usage.js';
import type { PrismaClient } from './database.js';
import { toEventFacts } from './list-events.js';
import { fromStored, fromStoredJson } from './postgres-text.js';
import { toSummary, type Db } from './runs.js';

/** So many events are in a report. */
const LAST_EVENTS = 20;

/** All that a report says of a run, in one snapshot. */
export async function readReportFacts(prisma: PrismaClient, runId: string): Promise<ReportFacts> {
  return prisma.$transaction(
    async (db) => {
      const run = await db.run.findUnique({ where: { id: runId }, include: { input: { select: { objective: true } } } });
      if (!run) throw new PhasegateError('run_not_found', `the mirror has no run ${runId}`);
      return {
        run: toSummary(run),
        objective: run.input?.objective == null ? null : fromStored(run.input.objective),
        phases: await readPhases(db, runId),
        artifacts: await readArtifacts(db, runId),
        events: await readLastEvents(db, runId),
        openApprovals: await readOpenApprovals(db, runId),
        usage: await readUsage(db, runId),
        bindings: await readBindings(db, runId),
      };
    },
    { isolationLevel: 'RepeatableRead' },
  );
}

async function readPhases(db: Db, runId: string): Promise<ReportFacts['phases']> {
  const rows = await db.runPhase.findMany({ where: { runId }, orderBy: [{ index: 'asc' }, { phaseKey: 'asc' }] });
  return rows.map((row) => ({
    key: row.phaseKey,
    index: row.index,
    role: row.role,
    state: row.state as PhaseState,
    attempts: row.attempts,
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    errorCode: row.errorCode,
    reason: row.reason === null ? null : fromStored(row.reason),
  }));
}

async function readArtifacts(db: Db, runId: string): Promise<ReportFacts['artifacts']> {
  const rows = await db.artifact.findMany({ where: { runId }, orderBy: { id: 'asc' }, omit: { content: true, raw: true } });
  return rows.map((row) => ({
    phaseKey: row.phaseKey,
    occurrence: row.occurrence,
    attempt: row.attempt,
    path: fromStored(row.path),
    schemaId: row.schemaId,
    sha256: row.sha256,
    bytes: Number(row.bytes),
    valid: row.valid,
    reason: row.reason,
    errors: fromStoredJson(row.errors) as unknown as ArtifactError[],
    createdAt: row.createdAt.toISOString(),
  }));
}

async function readLastEvents(db: Db, runId: string): Promise<ReportFacts['events']> {
  const rows = await db.runEvent.findMany({ where: { runId }, orderBy: { seq: 'desc' }, take: LAST_EVENTS });
  return rows.reverse().map(toEventFacts);
}

async function readOpenApprovals(db: Db, runId: string): Promise<ReportFacts['openApprovals']> {
  // a gate that nobody decided before the run ended is `superseded`, and is still unresolved
  const rows = await db.approvalRequest.findMany({ where: { runId, state: { in: ['pending', 'superseded'] } }, orderBy: { requestedAt: 'asc' } });
  return rows.map(({ id, phaseKey, gate, artifactSha256, requestedAt }) => ({
    requestId: id,
    phaseKey,
    gate: fromStored(gate),
    artifactSha256,
    requestedAt: requestedAt.toISOString(),
  }));
}

/** What all model calls of a run used. */
export async function readUsage(db: Db, runId: string): Promise<Usage> {
  const where = { runId };
  const { _sum: sum, _count: calls } = await db.llmCall.aggregate({
    where,
    _count: true,
    _sum: { inputTokens: true, outputTokens: true, cachedTokens: true, reasoningTokens: true, costInputMicroUsd: true, costOutputMicroUsd: true },
  });
  const unpricedCalls = await db.llmCall.count({ where: { ...where, status: 'ok', OR: [{ costInputMicroUsd: null }, { costOutputMicroUsd: null }] } });
  return {
    calls,
    inputTokens: Number(sum.inputTokens ?? 0),
    outputTokens: Number(sum.outputTokens ?? 0),
    cachedTokens: Number(sum.cachedTokens ?? 0),
    reasoningTokens: Number(sum.reasoningTokens ?? 0),
    costMicroUsd: Number(sum.costInputMicroUsd ?? 0) + Number(sum.costOutputMicroUsd ?? 0),
    unpricedCalls,
    // nothing is sunk here: the calls before a reset are among the calls
    sunkMicroUsd: 0,
    sunkTokens: 0,
  };
}

async function readBindings(db: Db, runId: string): Promise<ReportFacts['bindings']> {
  const rows = await db.runBinding.findMany({ where: { runId }, include: { persona: { omit: { content: true } } }, orderBy: { role: 'asc' } });
  return rows.map(({ role, personaHash, bindingHash, persona }) => ({
    role,
    persona: persona.name,
    personaVersion: persona.version,
    personaHash,
    backend: persona.backend,
    model: persona.model,
    bindingHash,
  }));
}
