import type { EventType } from '../domain/record/events.js';
import type { JsonObject } from '../domain/text/json.js';
import type { EventFacts } from '../domain/record/report-facts.js';
import type { Prisma } from '../generated/prisma/client.js';
import { fromStoredJson, toStored } from './postgres-text.js';
import type { Db } from './runs.js';

/** Events of a run after a `seq`, in order. */
export async function listEvents(db: Db, runId: string, after: number, limit: number): Promise<EventFacts[]> {
  const rows = await db.runEvent.findMany({
    where: { runId, seq: { gt: after } },
    orderBy: { seq: 'asc' },
    take: limit,
  });
  return rows.map(toEventFacts);
}

/** The time when the newest event was written, as the newest change of a run tells it. */
export async function newestEventAt(db: Db): Promise<string | null> {
  const run = await db.run.findFirst({
    where: { eventSeq: { gt: 0 } },
    orderBy: { createdAt: 'desc' },
    select: { updatedAt: true },
  });
  return run?.updatedAt.toISOString() ?? null;
}

/** An event's row without the database's own types. */
export function toEventFacts({
  seq,
  type,
  phaseKey,
  payload,
  ts,
}: Omit<Prisma.RunEventGetPayload<Record<string, never>>, 'runId' | 'idempotencyKey'>): EventFacts {
  return {
    seq,
    type: type as EventType,
    phaseKey,
    payload: fromStoredJson(payload) as JsonObject,
    ts: ts.toISOString(),
  };
}

/** Whether an event with this key is there. */
export async function hasEvent(db: Db, runId: string, idempotencyKey: string): Promise<boolean> {
  const where = { runId_idempotencyKey: { runId, idempotencyKey: toStored(idempotencyKey) } };
  return (await db.runEvent.findUnique({ where, select: { seq: true } })) !== null;
}
