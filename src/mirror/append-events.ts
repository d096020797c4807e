import { cut } from '../domain/failures.js';
import { canonicalJson, sha256 } from '../domain/text/hash.js';
import type { RunEvent } from '../domain/record/events.js';
import type { JsonObject } from '../domain/text/json.js';
import type { RunRef } from '../domain/run-state.js';
import type { PrismaClient } from './database.js';
import { fromStored, fromStoredJson, toStored, toStoredJson } from './postgres-text.js';
import { changesOf, projectEvents } from './projections/project-events.js';
import { ensureRun, type Db } from './runs.js';
import type { AppendResult } from './types.js';

/**
 * Adds those events that are new and numbers them (S19): the run's row is locked, so `seq` is 1…n without a gap, and
 * the tables made from events are brought up to date in the same transaction, from new events only.
 */
export async function appendEvents(
  prisma: PrismaClient,
  run: RunRef,
  events: readonly RunEvent[],
): Promise<AppendResult> {
  if (events.length === 0) return { appended: 0, conflicts: [] };
  // the one statement needs the run's row, and there is none before a run's first event
  if (events[0]?.type === 'run_created') await ensureRun(prisma, run);
  return (await appendAllNew(prisma, run, events)) ?? (await appendWhatIsNew(prisma, run, events));
}

/**
 * As most batches are written: one statement, a function of the database, locks the run's row, sees that all is new,
 * and writes.
 *
 * @returns null, with nothing written, when some of the events are there already, or the run's row is not
 */
async function appendAllNew(
  prisma: PrismaClient,
  run: RunRef,
  events: readonly RunEvent[],
): Promise<AppendResult | null> {
  if (new Set(events.map(({ idempotencyKey }) => idempotencyKey)).size < events.length) return null;
  const [row] = await prisma.$queryRaw<{ last: number | null }[]>`
    SELECT public.append_run_events(${run.runId}::uuid, ${rowsOf(1, events)}::jsonb, ${changesOf(run, events)}::jsonb) AS last`;
  return row?.last == null ? null : { appended: events.length, conflicts: [] };
}

/** Sorts out which events are there already, and whether as the same ones. */
function appendWhatIsNew(prisma: PrismaClient, run: RunRef, events: readonly RunEvent[]): Promise<AppendResult> {
  return prisma.$transaction(async (db) => {
    const seq = await lockRun(db, run);
    const { fresh: told, conflicts } = await sort(db, run.runId, events);
    const fresh =
      conflicts.length === 0 ? told : [...told, ...(await sort(db, run.runId, conflicts.map(alarmOf))).fresh];
    if (fresh.length > 0) {
      await insertAll(db, run.runId, seq + 1, fresh);
      await projectEvents(db, run, seq + fresh.length, fresh);
    }
    return { appended: fresh.length, conflicts };
  });
}

/**
 * Keeps every other writer of the run's events away until the transaction ends. @returns the number of its last event
 */
export async function lockRun(db: Db, run: RunRef): Promise<number> {
  const lock = () =>
    db.$queryRaw<{ event_seq: number }[]>`SELECT event_seq FROM public.runs WHERE id = ${run.runId}::uuid FOR UPDATE`;
  let [row] = await lock();
  if (!row) {
    await ensureRun(db, run);
    [row] = await lock();
  }
  return row?.event_seq ?? 0;
}

/** New events, each once; and those whose key was used before for something else, which is a defect of ours. */
async function sort(
  db: Db,
  runId: string,
  events: readonly RunEvent[],
): Promise<{ fresh: RunEvent[]; conflicts: RunEvent[] }> {
  const rows = await db.runEvent.findMany({
    where: { runId, idempotencyKey: { in: events.map(({ idempotencyKey }) => toStored(idempotencyKey)) } },
    select: { idempotencyKey: true, type: true, phaseKey: true, payload: true },
  });
  const known = new Map(
    rows.map((row) => [fromStored(row.idempotencyKey), content(row.type, row.phaseKey, fromStoredJson(row.payload))]),
  );
  const fresh: RunEvent[] = [];
  const conflicts: RunEvent[] = [];
  for (const event of events) {
    const mine = content(event.type, event.phaseKey, event.payload);
    const theirs = known.get(event.idempotencyKey);
    if (theirs === undefined) fresh.push(event);
    else if (theirs !== mine) conflicts.push(event);
    known.set(event.idempotencyKey, theirs ?? mine);
  }
  return { fresh, conflicts };
}

/**
 * Keys name occurrences: one that comes again with other content means that something is not recorded. That must show
 * in the record.
 */
function alarmOf({ type, phaseKey, payload, idempotencyKey, ts }: RunEvent): RunEvent {
  const mine = content(type, phaseKey, payload);
  const refused = { type, idempotencyKey: cut(idempotencyKey, 300), content: cut(mine, 1_000) };
  return {
    type: 'event_conflict',
    phaseKey,
    payload: refused,
    idempotencyKey: `event_conflict:${sha256(`${idempotencyKey}\n${mine}`)}`,
    ts,
  };
}

function content(type: string, phaseKey: string | null, payload: unknown): string {
  return canonicalJson([type, phaseKey, payload]);
}

/** Adds events, numbered from `first`. @throws Error when the number or the key of one is taken */
export async function insertAll(db: Db, runId: string, first: number, events: readonly RunEvent[]): Promise<void> {
  const count = await db.$executeRaw`
    INSERT INTO public.run_events (run_id, seq, type, phase_key, payload, idempotency_key, ts)
    SELECT ${runId}::uuid, e.seq, e.type, e."phaseKey", e.payload, e."idempotencyKey", e.ts
    FROM jsonb_to_recordset(${rowsOf(first, events)}::jsonb)
      AS e (seq int, type text, "phaseKey" text, payload jsonb, "idempotencyKey" text, ts timestamptz)
    ON CONFLICT DO NOTHING`;
  if (count < events.length)
    throw new Error(`run ${runId} has events numbered behind ${first - 1}, its last one: npm run client -- rebuild`);
}

/** An event as it is stored. */
export function toStoredEvent({ type, phaseKey, payload, idempotencyKey, ts }: RunEvent): RunEvent {
  return { type, phaseKey, payload: toStoredJson(payload) as JsonObject, idempotencyKey: toStored(idempotencyKey), ts };
}

/** Events, numbered from `first`, as one JSON text: Prisma takes documents apart value by value. */
function rowsOf(first: number, events: readonly RunEvent[]): string {
  return JSON.stringify(events.map((event, index) => ({ seq: first + index, ...toStoredEvent(event) })));
}
