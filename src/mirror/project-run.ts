import type { RunEvent } from '../domain/events.js';
import type { RunRef } from '../domain/run-state.js';
import type { Prisma } from '../generated/prisma/client.js';
import { toStored } from './postgres-text.js';
import type { Db } from './runs.js';

/**
 * Brings the run's row up to date: its counter of events, and the state that the newest of them gives it (S17).
 *
 * @param eventSeq - the counter, or by how much it grows
 * @returns the counter; Prisma's error P2025 when there is no such row
 */
export async function projectRun(db: Db, { runId, executionRunId }: RunRef, eventSeq: number | { increment: number }, events: readonly RunEvent[]): Promise<number> {
  const change: Prisma.RunUpdateInput = { eventSeq, executionRunId };
  for (const event of events) Object.assign(change, changeOf(event));
  return (await db.run.update({ where: { id: runId }, data: change, select: { eventSeq: true } })).eventSeq;
}

const OPEN_AGAIN = { endedAt: null, errorCode: null, errorMessage: null };

function changeOf({ type, payload, ts }: RunEvent): Prisma.RunUpdateInput {
  switch (type) {
    case 'run_created':
      return { state: 'created' };
    case 'run_started':
      return { state: 'executing', startedAt: ts, ...OPEN_AGAIN };
    // the first event of a run that goes on after a reset
    case 'phase_started':
    case 'run_resumed':
    case 'run_reset':
      return { state: 'executing', ...OPEN_AGAIN };
    case 'run_paused':
      return { state: 'paused' };
    case 'run_completed':
      return { state: 'completed', endedAt: ts, errorCode: null, errorMessage: null };
    case 'run_failed':
      return { state: 'failed', endedAt: ts, errorCode: textOf(payload.code), errorMessage: textOf(payload.message) };
    case 'run_aborted':
      return { state: 'aborted', endedAt: ts, errorCode: textOf(payload.code) ?? 'run_aborted', errorMessage: textOf(payload.reason) };
    default:
      return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? toStored(value) : null;
}
