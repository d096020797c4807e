import type { RunRef } from '../domain/run-state.js';
import type { PrismaClient } from './database.js';
import { fromStored, toStored } from './postgres-text.js';
import { withRun } from './record-work.js';
import { findRunRow } from './runs.js';
import type { RunPage } from './types.js';

/** Keeps a page. One with the same id is replaced: a repeated activity makes it anew. */
export async function savePage(prisma: PrismaClient, run: RunRef, page: RunPage): Promise<void> {
  const { id, kind, phaseKey, gate, round, sha256, ts } = page;
  await withRun(
    prisma,
    run,
    (db) => db.$executeRaw`
    INSERT INTO public.run_pages (run_id, id, kind, phase_key, gate, round, sha256, html, ts)
    VALUES (${run.runId}::uuid, ${toStored(id)}, ${kind}, ${phaseKey}, ${gate === null ? null : toStored(gate)}, ${round}, ${sha256}, ${toStored(page.html)}, ${ts}::timestamptz)
    ON CONFLICT (run_id, id) DO UPDATE SET
      phase_key = EXCLUDED.phase_key, gate = EXCLUDED.gate, round = EXCLUDED.round, sha256 = EXCLUDED.sha256, html = EXCLUDED.html, ts = EXCLUDED.ts`,
  );
}

/**
 * The newest page of a run, by its id or workflow id.
 *
 * @param kind - null: whichever is the newest
 * @returns null while the run has none, undefined when there is no such run
 */
export async function readPage(
  prisma: PrismaClient,
  idOrWorkflowId: string,
  kind: RunPage['kind'] | null = null,
): Promise<RunPage | null | undefined> {
  const run = await findRunRow(prisma, idOrWorkflowId);
  if (!run) return undefined;
  const row = await prisma.runPage.findFirst({
    where: { runId: run.id, ...(kind && { kind }) },
    orderBy: [{ ts: 'desc' }],
  });
  if (!row) return null;
  const { runId: _, id, gate, html, ts, ...rest } = row;
  return {
    ...rest,
    kind: rest.kind as RunPage['kind'],
    id: fromStored(id),
    gate: gate === null ? null : fromStored(gate),
    html: fromStored(html),
    ts: ts.toISOString(),
  };
}
