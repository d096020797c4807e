import { log } from '@temporalio/activity';
import type { CheckRun, CheckSummary } from '../../domain/check/check-run.js';
import { commandText, endText } from '../../domain/check/check-text.js';
import type { CommandLine } from '../../domain/check/command.js';
import {
  hasArtifactCommand,
  isAsExpected,
  isComparedWithBase,
  isRed,
  isUnstartable,
  judgeCheck,
  mayRepeat,
} from '../../domain/check/judge-check.js';
import type { PlannedCheck } from '../../domain/check/planned-check.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { sha256 } from '../../domain/text/hash.js';
import { proveMade } from '../../workspace/checked/made-places.js';
import { putTree } from '../../workspace/checked/put-tree.js';
import { treeOf } from '../../workspace/worktree/stage-tree.js';
import { occurrenceOf } from '../phase/phase-records.js';
import { runIn, toRow, type CommandPlace, type Ran } from './command-place.js';
import type { CheckedWork } from './named-command.js';

/** A check that has run. */
export interface CheckDone {
  summary: CheckSummary;
  command: CommandLine;
  /** Its last run on the tree that is to be committed. */
  last: Ran;
}

/**
 * Runs a check on the tree that is to be committed. When it is red, it is repeated as often as it says, and then runs at
 * the base commit: what is red there, too, is not this phase's doing. A check whose runs are recorded already does not
 * run again: an attempt that was killed goes on with the next one.
 *
 * @throws PhasegateError `check_not_runnable` when its command can't even be started at the base commit
 */
export async function runCheck(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  work: CheckedWork,
): Promise<CheckDone> {
  const known = await recorded(place, check, command, work.tree);
  if (known) return done(check, command, known.at(-1)!, known.at(-1)!.outcome);
  const runs: Ran[] = [await runOnce(place, check, command, work.tree)];
  for (let n = 0; n < check.retries && !isAsExpected(check.expect, lastOf(runs)) && mayRepeat(check, lastOf(runs)); n++)
    runs.push(await runOnce(place, check, command, work.tree));
  const failed = !isAsExpected(check.expect, lastOf(runs));
  const base = failed && isComparedWithBase(check, lastOf(runs)) ? await runAtBase(place, check, command, work) : null;
  if (base && isUnstartable(base) && isUnstartable(lastOf(runs))) throw notRunnable(check, command, base);
  const outcome = judgeCheck(check, runs, base);
  for (const [n, ran] of runs.entries()) {
    const own = n === runs.length - 1 ? outcome : 'failed';
    const { name, expect } = check;
    const row = { id: idOf(place, check, command, work.tree, n), kind: 'check' as const, name, expect, outcome: own };
    await place.run.deps.mirror.recordCheckRun(
      place.run.task.run,
      toRow(place, { ...row, command, tree: work.tree }, ran),
    );
  }
  return done(check, command, lastOf(runs), outcome);
}

function lastOf(runs: readonly Ran[]): Ran {
  return runs[runs.length - 1]!;
}

function done(
  { name, expect }: PlannedCheck,
  command: CommandLine,
  last: Ran,
  outcome: CheckRun['outcome'],
): CheckDone {
  const { end, exitCode, durationMs } = last;
  return { summary: { name, outcome, expect, end, exitCode, durationMs }, command, last };
}

/** The rows of a check whose last one says how it ended; null when it did not come to its end. */
async function recorded(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  tree: string,
): Promise<CheckRun[] | null> {
  const { task, deps } = place.run;
  const ids = Array.from({ length: check.retries + 1 }, (_, n) => idOf(place, check, command, tree, n));
  const rows = await deps.mirror.readCheckRuns(task.run.runId, ids);
  const runs = ids.flatMap((id) => rows.find((row) => row.id === id) ?? []);
  const last = runs.at(-1);
  if (!last) return null;
  const isComplete = last.outcome !== 'failed' || runs.length === ids.length || !mayRepeat(check, last);
  return isComplete ? runs : null;
}

/** The same for the same check, on the same tree, in the same attempt, whoever runs it. */
function idOf(
  { run: { task, attempt } }: CommandPlace,
  { name, expect }: PlannedCheck,
  command: CommandLine,
  tree: string,
  n: number,
): string {
  const what = sha256(JSON.stringify([command, expect, tree])).slice(0, 16);
  return `${occurrenceOf(task)}:${attempt}:check:${name}:${what}:${n}`;
}

async function runOnce(place: CommandPlace, check: PlannedCheck, command: CommandLine, tree: string): Promise<Ran> {
  const { run, checked, sandbox, signal } = place;
  const { head, phase } = run.task;
  await putTree(checked, { tree, head, distrusts: sandbox.kind === 'none' }, signal);
  await proveMade(checked);
  const ran = await runIn(place, { command, access: 'throw_away', network: 'none', timeoutMs: check.timeoutMs });
  const facts = { phase: phase.key, check: check.name, end: endText(ran), ms: ran.durationMs };
  log.info('a check has run', { ...facts, tree });
  return ran;
}

/**
 * Once in a run for each command: the base commit stays the same. Red there, it is repeated like the check on the work.
 *
 * @returns its last run
 */
async function runAtBase(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  { worktree }: CheckedWork,
): Promise<Ran> {
  const { task, deps } = place.run;
  const { baseCommit } = task.repository;
  const what = sha256(JSON.stringify([command, baseCommit])).slice(0, 16);
  const first = `${task.run.runId}:base:${check.name}:${what}`;
  const ids = Array.from({ length: check.retries + 1 }, (_, n) => (n === 0 ? first : `${first}:${n}`));
  const known = await deps.mirror.readCheckRuns(task.run.runId, ids);
  const tree = await treeOf(worktree, baseCommit, place.signal);
  let last: Ran | null = null;
  for (const id of ids) {
    last = known.find((row) => row.id === id) ?? (await runAndRecord(place, check, command, { id, tree }));
    if (!isRed(last)) break;
  }
  return last!;
}

async function runAndRecord(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  { id, tree }: { id: string; tree: string },
): Promise<Ran> {
  const ran = await runOnce(place, check, command, tree);
  const outcome = isAsExpected('pass', ran) ? 'passed' : 'failed';
  const row = { id, kind: 'base' as const, name: check.name, expect: 'pass' as const, tree, outcome, command } as const;
  await place.run.deps.mirror.recordCheckRun(place.run.task.run, toRow(place, row, ran));
  return ran;
}

function notRunnable({ name, run }: PlannedCheck, command: CommandLine, base: Ran): PhasegateError {
  const whose = hasArtifactCommand(run) ? 'its artifact' : 'the repository';
  return new PhasegateError(
    'check_not_runnable',
    `the command of the check ${name}, ${cut(commandText(command), 200)}, can't be started, not even at the base commit: ${endText(base)}. Correct it in ${whose}, or let the set-up bring what it needs; it wrote: ${cut(base.output.trim(), 300)}`,
  );
}
