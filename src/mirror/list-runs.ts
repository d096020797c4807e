import type { RunState } from '../domain/run-state.js';
import type { RunSummary } from '../domain/record/report-facts.js';
import { Prisma } from '../generated/prisma/client.js';
import { toStored } from './postgres-text.js';
import { toSummary, type Db } from './runs.js';
import type { Load } from './types.js';

const OPEN_STATES: RunState[] = ['created', 'executing', 'paused'];
const UNSETTLED = { OR: [{ state: { in: OPEN_STATES } }, { report: { equals: Prisma.DbNull } }] };

/** Runs that have no end, or have an end and no report. They come by id, so that pages neither overlap nor miss one. */
export async function unsettledRuns(db: Db, after: string | null, limit: number): Promise<RunSummary[]> {
  const rows = await db.run.findMany({
    where: { ...UNSETTLED, ...(after === null ? {} : { id: { gt: after } }) },
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map(toSummary);
}

/** The same, for the runs with these workflow ids. */
export async function unsettledRunsOf(db: Db, workflowIds: readonly string[]): Promise<RunSummary[]> {
  const rows = await db.run.findMany({ where: { ...UNSETTLED, workflowId: { in: workflowIds.map(toStored) } } });
  return rows.map(toSummary);
}

/** How many runs are open, by state, and how many of their gates wait for a person. */
export async function readLoad(db: Db): Promise<Load> {
  const open = { state: { in: OPEN_STATES } };
  const [groups, openGates] = await Promise.all([
    db.run.groupBy({ by: ['state'], where: open, _count: { _all: true } }),
    db.approvalRequest.count({ where: { state: 'pending', run: open } }),
  ]);
  const runs = Object.fromEntries(OPEN_STATES.map((state) => [state, 0]));
  for (const { state, _count } of groups) runs[state] = _count._all;
  return { runs, openGates };
}

/** The newest run of each workflow id. Ids that the mirror doesn't know are left out. */
export async function newestRuns(db: Db, workflowIds: readonly string[]): Promise<RunSummary[]> {
  const rows = await db.run.findMany({
    where: { workflowId: { in: workflowIds.map(toStored) } },
    orderBy: [{ workflowId: 'asc' }, { createdAt: 'desc' }],
    distinct: ['workflowId'],
  });
  return rows.map(toSummary);
}
