import type { CheckRun } from '../domain/check/check-run.js';
import type { RunRef } from '../domain/run-state.js';
import type { PrismaClient } from './database.js';
import { fromStored, toStored } from './postgres-text.js';
import { withRun } from './record-work.js';

/** Keeps one run of a command. A repetition of the write adds nothing. */
export async function recordCheckRun(prisma: PrismaClient, run: RunRef, check: CheckRun): Promise<void> {
  const { id, phaseKey, round, attempt, kind, expect, end, exitCode, signal, durationMs, tree, commit } = check;
  const [name, command, output] = [check.name, check.command, check.output].map(toStored);
  await withRun(
    prisma,
    run,
    (db) => db.$executeRaw`
    INSERT INTO public.check_runs (run_id, id, phase_key, round, attempt, kind, name, command, expected, command_end, exit_code, signal,
      duration_ms, output, output_sha256, output_bytes, tree, commit, sandbox, outcome, ts)
    VALUES (${run.runId}::uuid, ${toStored(id)}, ${phaseKey}, ${round}, ${attempt}, ${kind}, ${name}, ${command}, ${expect}, ${end}, ${exitCode}, ${signal},
      ${Math.round(durationMs)}, ${output}, ${check.outputSha256}, ${check.outputBytes}, ${tree}, ${commit}, ${check.sandbox}, ${check.outcome}, ${check.ts}::timestamptz)
    ON CONFLICT DO NOTHING`,
  );
}

/** The runs of commands with these ids, as far as they are recorded. */
export async function readCheckRuns(prisma: PrismaClient, runId: string, ids: readonly string[]): Promise<CheckRun[]> {
  return (await prisma.checkRun.findMany({ where: { runId, id: { in: ids.map(toStored) } } })).map(toCheckRun);
}

/** Most runs of commands that are listed: each may have 1 MiB of output. */
const MOST_LISTED = 200;

/** The last runs of commands of a run, with their output, oldest first; at most 200. */
export async function listCheckRuns(prisma: PrismaClient, runId: string): Promise<CheckRun[]> {
  const rows = await prisma.checkRun.findMany({
    where: { runId },
    orderBy: [{ ts: 'desc' }, { id: 'desc' }],
    take: MOST_LISTED,
  });
  return rows.reverse().map(toCheckRun);
}

type Row = Awaited<ReturnType<PrismaClient['checkRun']['findMany']>>[number];

function toCheckRun({ runId: _, expected, commandEnd, durationMs, outputBytes, ts, ...row }: Row): CheckRun {
  return {
    ...row,
    id: fromStored(row.id),
    kind: row.kind as CheckRun['kind'],
    name: fromStored(row.name),
    command: fromStored(row.command),
    expect: expected as CheckRun['expect'],
    end: commandEnd as CheckRun['end'],
    durationMs: Number(durationMs),
    output: fromStored(row.output),
    outputBytes: Number(outputBytes),
    sandbox: row.sandbox as CheckRun['sandbox'],
    outcome: row.outcome as CheckRun['outcome'],
    ts: ts.toISOString(),
  };
}
