import { canonicalJson } from '../domain/text/hash.js';
import type { RunEvent } from '../domain/record/events.js';
import type { RunRef } from '../domain/run-state.js';
import { toStoredEvent } from './append-events.js';
import type { PrismaClient } from './database.js';
import { readEvents } from './mirrored-run.js';
import { recountCost } from './record-work.js';
import { replayEvents, REPLAY_TIMEOUT_MS } from './projections/replay-events.js';
import { ensureRun, type Db } from './runs.js';
import type { RebuiltEvents } from './types.js';

/**
 * Makes a run's events whole, numbers them anew by their time, and makes the tables that are made from them anew.
 * Nobody else can write to the run meanwhile. Events that the mirror has and that are not among the given ones stay.
 * The run's cost is added up anew.
 *
 * @param events - as history has them, in their order; they replace what is stored under their keys
 */
export async function rebuildEvents(
  prisma: PrismaClient,
  run: RunRef,
  events: readonly RunEvent[],
): Promise<RebuiltEvents> {
  return prisma.$transaction(
    async (db) => {
      await lockRun(db, run);
      const stored = await readEvents(db, run.runId);
      const rows = new Map<string, RunEvent>(stored.map((event) => [event.idempotencyKey, event]));
      const added = events.filter(({ idempotencyKey }) => !rows.has(idempotencyKey)).length;
      const corrected = events.filter(
        (event) => rows.has(event.idempotencyKey) && !isSame(rows.get(event.idempotencyKey), event),
      ).length;
      for (const event of events) rows.set(event.idempotencyKey, event);
      const ordered = inOrder([...rows.values()], stored, events);
      await replayEvents(db, run, ordered);
      // calls that were lost and told again were added to the cost twice
      await recountCost(db, run.runId);
      return { added, corrected, total: ordered.length };
    },
    { timeout: REPLAY_TIMEOUT_MS },
  );
}

/** Keeps every other writer of the run's events away until the transaction ends. */
async function lockRun(db: Db, run: RunRef): Promise<void> {
  await ensureRun(db, run);
  await db.$queryRaw`SELECT 1 FROM public.runs WHERE id = ${run.runId}::uuid FOR UPDATE`;
}

/**
 * The order in which they were numbered, with the missing events where their time puts them. Among history's own events
 * its order holds, whatever the clocks said.
 */
function inOrder(all: readonly RunEvent[], stored: readonly RunEvent[], history: readonly RunEvent[]): RunEvent[] {
  const places = new Map(history.map(({ idempotencyKey }, index) => [idempotencyKey, index]));
  const placeOf = ({ idempotencyKey }: RunEvent): number | undefined => places.get(idempotencyKey);
  const byKey = new Map(all.map((event) => [event.idempotencyKey, event]));
  const kept = stored.flatMap(({ idempotencyKey }) => byKey.get(idempotencyKey) ?? []);
  const ofHistory = kept
    .filter((event) => placeOf(event) !== undefined)
    .sort((a, b) => (placeOf(a) ?? 0) - (placeOf(b) ?? 0));
  const result = kept.map((event) => (placeOf(event) === undefined ? event : (ofHistory.shift() ?? event)));
  const known = new Set(kept.map(({ idempotencyKey }) => idempotencyKey));
  for (const event of all.filter(({ idempotencyKey }) => !known.has(idempotencyKey))) {
    const own = placeOf(event) ?? 0;
    const earliest = result.findLastIndex((other) => (placeOf(other) ?? Infinity) < own) + 1;
    const next = result.findIndex((other) => (placeOf(other) ?? -1) > own);
    const byTime = result.findLastIndex(({ ts }) => ts <= event.ts) + 1;
    result.splice(Math.max(earliest, Math.min(byTime, next < 0 ? result.length : next)), 0, event);
  }
  return result;
}

function isSame(stored: RunEvent | undefined, event: RunEvent): boolean {
  return stored !== undefined && canonicalJson(toStoredEvent(event)) === canonicalJson(toStoredEvent(stored));
}
