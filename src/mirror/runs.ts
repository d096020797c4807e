import { money } from '../domain/money/amount.js';
import type { RunRef, RunState } from '../domain/run-state.js';
import type { Report } from '../domain/record/report.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import { isUuid } from '../domain/text/uuid.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { PrismaClient } from './database.js';
import { fromStored, fromStoredJson, toStored, toStoredJson } from './postgres-text.js';

/** A client, with or without a transaction. */
export type Db = Prisma.TransactionClient | PrismaClient;

type RunRow = Prisma.RunGetPayload<Record<string, never>>;

/** The columns that a summary is made from. */
export type SummaryRow = Omit<RunRow, 'report' | 'updatedAt' | 'costExactMicroUsd'>;

/** Makes the run's row where it is not there yet. A run whose input was wrong has no plan, but it has a record. */
export async function ensureRun(db: Db, { runId, workflowId, executionRunId }: RunRef): Promise<void> {
  await db.run.createMany({
    data: [{ id: runId, workflowId: toStored(workflowId), executionRunId }],
    skipDuplicates: true,
  });
}

/** A run by its id, else the newest with that workflow id. */
export async function findRunRow(db: Db, idOrWorkflowId: string): Promise<RunRow | null> {
  const byId = isUuid(idOrWorkflowId) ? await db.run.findUnique({ where: { id: idOrWorkflowId } }) : null;
  return byId ?? db.run.findFirst({ where: { workflowId: toStored(idOrWorkflowId) }, orderBy: { createdAt: 'desc' } });
}

/** A run's row without the database's own types. */
export function toSummary(row: SummaryRow): RunSummary {
  return {
    runId: row.id,
    workflowId: fromStored(row.workflowId),
    executionRunId: row.executionRunId,
    state: row.state as RunState,
    templateName: row.templateName,
    templateVersion: row.templateVersion,
    templateHash: row.templateHash,
    repoPath: row.repoPath === null ? null : fromStored(row.repoPath),
    baseBranch: row.baseBranch,
    baseCommit: row.baseCommit,
    branch: row.branch,
    budgetMicroUsd: row.budgetMicroUsd === null ? null : money(row.budgetMicroUsd),
    budgetTokens: row.budgetTokens === null ? null : Number(row.budgetTokens),
    costMicroUsd: money(row.costMicroUsd),
    errorCode: row.errorCode,
    errorMessage: row.errorMessage === null ? null : fromStored(row.errorMessage),
    eventCount: row.eventSeq,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}

/** Keeps the report, so that it can be read without the worker's disk. */
export async function saveReport(db: Db, runId: string, report: Report): Promise<void> {
  // as text: Prisma would take a document apart value by value, and read the row back
  await db.$executeRaw`UPDATE public.runs SET report = ${JSON.stringify(toStoredJson(report))}::jsonb, updated_at = now() WHERE id = ${runId}::uuid`;
}

/** The report of a run; null while it has none, undefined when there is no such run. */
export async function readReport(db: Db, idOrWorkflowId: string): Promise<Report | null | undefined> {
  const row = await findRunRow(db, idOrWorkflowId);
  if (!row) return undefined;
  return row.report === null ? null : (fromStoredJson(row.report) as unknown as Report);
}
