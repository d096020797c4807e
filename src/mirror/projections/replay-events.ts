import { canonicalJson } from '../../domain/text/hash.js';
import type { RunEvent } from '../../domain/record/events.js';
import type { RunRef } from '../../domain/run-state.js';
import { appendEvents } from '../append-events.js';
import type { PrismaClient } from '../database.js';
import { readEvents } from '../mirrored-run.js';
import type { Db } from '../runs.js';

/**
 * Writes all events of a run anew, and with them the tables that are made from them. The caller's transaction must have
 * locked the run's row.
 *
 * @param events - in their order
 */
export async function replayEvents(db: Db, run: RunRef, events: readonly RunEvent[]): Promise<void> {
  const { runId } = run;
  await db.approvalRequest.deleteMany({ where: { runId } });
  await db.delivery.deleteMany({ where: { runId } });
  await db.runPhase.updateMany({
    where: { runId },
    data: { state: 'pending', round: 1, attempts: 0, errorCode: null, reason: null, startedAt: null, endedAt: null },
  });
  await db.run.update({
    where: { id: runId },
    data: { state: 'created', startedAt: null, endedAt: null, errorCode: null, errorMessage: null, eventSeq: 0 },
  });
  await db.runEvent.deleteMany({ where: { runId } });
  await appendEvents(db, run, events);
}

/** Which of the tables made from events differ from what the events make. Nothing is changed. */
export async function differingTables(prisma: PrismaClient, runId: string): Promise<string[]> {
  let differing: string[] = [];
  try {
    await prisma.$transaction(
      async (db) => {
        await db.$queryRaw`SELECT 1 FROM public.runs WHERE id = ${runId}::uuid FOR UPDATE`;
        const before = await snapshot(db, runId);
        const { workflowId, executionRunId } = await db.run.findUniqueOrThrow({
          where: { id: runId },
          select: { workflowId: true, executionRunId: true },
        });
        await replayEvents(db, { runId, workflowId, executionRunId }, await readEvents(db, runId));
        const after = await snapshot(db, runId);
        differing = Object.keys(before).filter((table) => before[table] !== after[table]);
        throw new Undo();
      },
      { timeout: REPLAY_TIMEOUT_MS },
    );
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  return differing;
}

/** A run may have thousands of events. */
export const REPLAY_TIMEOUT_MS = 120_000;

/** Ends the transaction, which only looked. */
class Undo extends Error {}

async function snapshot(db: Db, runId: string): Promise<Record<string, string>> {
  const run = await db.run.findUniqueOrThrow({
    where: { id: runId },
    select: {
      state: true,
      startedAt: true,
      endedAt: true,
      errorCode: true,
      errorMessage: true,
      budgetMicroUsd: true,
      budgetTokens: true,
    },
  });
  const phases = await db.runPhase.findMany({
    where: { runId },
    orderBy: { phaseKey: 'asc' },
    omit: { timeoutMs: true },
  });
  const requests = await db.approvalRequest.findMany({ where: { runId }, orderBy: { id: 'asc' } });
  const decisions = await db.approvalDecision.findMany({ where: { runId }, orderBy: { id: 'asc' } });
  const deliveries = await db.delivery.findMany({ where: { runId }, orderBy: { id: 'asc' } });
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
  const text = (value: unknown): string => canonicalJson(JSON.parse(JSON.stringify(value, plain)));
  return {
    runs: text(run),
    run_phases: text(phases),
    approval_requests: text(requests),
    approval_decisions: text(decisions),
    deliveries: text(deliveries),
  };
}
