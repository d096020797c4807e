import { cut } from '../domain/failures.js';
import { canonicalJson, sha256 } from '../domain/text/hash.js';
import type { RunEvent } from '../domain/record/events.js';
import type { JsonObject } from '../domain/text/json.js';
import type { RunRef } from '../domain/run-state.js';
import { toStored, toStoredJson } from './postgres-text.js';
import { changeOf } from './projections/change-of.js';
import type { Db } from './runs.js';
import type { AppendResult } from './types.js';

/**
 * Adds the events that are new and numbers them (S19). A function of the database does it in one statement. It locks
 * the run's row, so that `seq` is 1…n without a gap, and writes what each event changes in the tables made from events.
 *
 * @throws Error when the run has events numbered behind its last one
 */
export async function appendEvents(db: Db, run: RunRef, events: readonly RunEvent[]): Promise<AppendResult> {
  if (events.length === 0) return { appended: 0, conflicts: [] };
  const { appended, conflicts: places } = await write(db, run, events);
  const conflicts = places.flatMap((place) => events[place] ?? []);
  if (conflicts.length === 0) return { appended, conflicts };
  const alarms = await write(db, run, conflicts.map(alarmOf));
  return { appended: appended + alarms.appended, conflicts };
}

/** What the function of the database gives back. */
type Written = { appended: number; conflicts: number[] } | { behind: number };

async function write(db: Db, { runId, workflowId, executionRunId }: RunRef, events: readonly RunEvent[]) {
  // one JSON text, because Prisma takes documents apart value by value
  const rows = JSON.stringify(events.map((event) => ({ ...toStoredEvent(event), change: changeOf(event) })));
  const [row] = await db.$queryRaw<{ written: Written }[]>`
    SELECT public.append_run_events(${runId}::uuid, ${toStored(workflowId)}, ${executionRunId}::uuid, ${rows}::jsonb) AS written`;
  const written = row?.written ?? { behind: 0 };
  if (!('behind' in written)) return written;
  throw new Error(`run ${runId} has events numbered behind ${written.behind}, its last one: npm run client -- rebuild`);
}

/**
 * A key names an occurrence. When a key comes again with other content, something is not recorded. The record must show
 * that.
 */
function alarmOf({ type, phaseKey, payload, idempotencyKey, ts }: RunEvent): RunEvent {
  const mine = canonicalJson([type, phaseKey, payload]);
  const refused = { type, idempotencyKey: cut(idempotencyKey, 300), content: cut(mine, 1_000) };
  return {
    type: 'event_conflict',
    phaseKey,
    payload: refused,
    idempotencyKey: `event_conflict:${sha256(`${idempotencyKey}\n${mine}`)}`,
    ts,
  };
}

/** An event as it is stored. */
export function toStoredEvent({ type, phaseKey, payload, idempotencyKey, ts }: RunEvent): RunEvent {
  return { type, phaseKey, payload: toStoredJson(payload) as JsonObject, idempotencyKey: toStored(idempotencyKey), ts };
}
