import type { ReconcileMark } from '../domain/record/reconcile.js';
import { toStored } from './postgres-text.js';
import type { Db } from './runs.js';

/** How far reconciling has come for a task queue; null before the first pass. */
export async function readReconcileMark(db: Db, queue: string): Promise<ReconcileMark | null> {
  const row = await db.reconcileMark.findUnique({ where: { id: toStored(queue) } });
  return row && { lookedUntil: row.lookedUntil.toISOString(), sweptTo: row.sweptTo };
}

/** Moves the mark, unless another pass has moved it meanwhile. Then that pass has looked, too. */
export async function moveReconcileMark(
  db: Db,
  queue: string,
  from: ReconcileMark | null,
  to: ReconcileMark,
): Promise<void> {
  const id = toStored(queue);
  const data = { lookedUntil: new Date(to.lookedUntil), sweptTo: to.sweptTo };
  if (from === null) await db.reconcileMark.createMany({ data: [{ id, ...data }], skipDuplicates: true });
  else await db.reconcileMark.updateMany({ where: { id, lookedUntil: new Date(from.lookedUntil) }, data });
}
