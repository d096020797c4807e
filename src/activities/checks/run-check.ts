import type { CheckRun, CheckSummary } from '../../domain/check/check-run.js';
import { commandText, endText } from '../../domain/check/check-text.js';
import type { CommandLine } from '../../domain/check/command.js';
import {
  hasArtifactCommand,
  isAsExpected,
  isComparedWithBase,
  isUnstartable,
  judgeCheck,
  mayRepeat,
} from '../../domain/check/judge-check.js';
import type { PlannedCheck } from '../../domain/check/planned-check.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { sha256 } from '../../domain/text/hash.js';
import { occurrenceOf } from '../phase/phase-records.js';
import { toRow, type CommandPlace, type Ran } from './command-place.js';
import type { CheckedWork } from './checked-work.js';
import type { NamedCommand } from './named-command.js';
import { runAtBase, runProof } from './run-at-base.js';
import { runOnTree } from './run-on-tree.js';

/** A check that has run. */
export interface CheckDone {
  summary: CheckSummary;
  command: CommandLine;
  /** Its last run on the tree that is to be committed, or the run at the base commit that was no proof. */
  last: Ran;
  /** What is wrong beside that run; null when the run says it all. */
  why: string | null;
}

/**
 * Runs a check on the tree that is to be committed. When it is red, it is repeated as often as it says, and then runs at
 * the base commit: what is red there, too, is not this phase's doing. A check that must be red and has files of its own
 * must be red at the base commit with these files alone. A check whose runs are recorded already does not
 * run again: an attempt that was killed goes on with the next one.
 *
 * @throws PhasegateError `check_not_runnable` when its command can't even be started at the base commit
 */
export async function runCheck(
  place: CommandPlace,
  check: PlannedCheck,
  { command, proof }: Extract<NamedCommand, { command: CommandLine }>,
  work: CheckedWork,
): Promise<CheckDone> {
  const prove = (last: Ran) =>
    proof !== null && isAsExpected(check.expect, last) ? runProof(place, check, command, work, proof) : null;
  const known = await recorded(place, check, command, work.tree);
  if (known) return done(check, command, known.at(-1)!, known.at(-1)!.outcome, await prove(known.at(-1)!));
  const runs: Ran[] = [await runOnTree(place, check, command, work.tree)];
  for (let n = 0; n < check.retries && !isAsExpected(check.expect, lastOf(runs)) && mayRepeat(check, lastOf(runs)); n++)
    runs.push(await runOnTree(place, check, command, work.tree));
  const failed = !isAsExpected(check.expect, lastOf(runs));
  const base = failed && isComparedWithBase(check, lastOf(runs)) ? await runAtBase(place, check, command, work) : null;
  if (base && isUnstartable(base) && isUnstartable(lastOf(runs))) throw notRunnable(check, command, base);
  const proven = await prove(lastOf(runs));
  const outcome = proven !== null && !isAsExpected(check.expect, proven) ? 'failed' : judgeCheck(check, runs, base);
  for (const [n, ran] of runs.entries()) {
    const own = n === runs.length - 1 ? outcome : 'failed';
    const { name, expect } = check;
    const row = { id: idOf(place, check, command, work.tree, n), kind: 'check' as const, name, expect, outcome: own };
    await place.run.deps.mirror.recordCheckRun(
      place.run.task.run,
      toRow(place, { ...row, command, tree: work.tree }, ran),
    );
  }
  return done(check, command, lastOf(runs), outcome, proven);
}

const NO_PROOF =
  "that is at the base commit with only the check's own files of your work: it must be red there, by the defect and not by another change of yours";

function lastOf(runs: readonly Ran[]): Ran {
  return runs[runs.length - 1]!;
}

function done(
  { name, expect }: PlannedCheck,
  command: CommandLine,
  ownLast: Ran,
  outcome: CheckRun['outcome'],
  proven: Ran | null,
): CheckDone {
  const noProof = proven !== null && !isAsExpected(expect, proven);
  const last = noProof ? proven : ownLast;
  const { end, exitCode, durationMs } = last;
  return {
    summary: { name, outcome, expect, end, exitCode, durationMs },
    command,
    last,
    why: noProof ? NO_PROOF : null,
  };
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

function notRunnable({ name, run }: PlannedCheck, command: CommandLine, base: Ran): PhasegateError {
  const whose = hasArtifactCommand(run) ? 'its artifact' : 'the repository';
  return new PhasegateError(
    'check_not_runnable',
    `the command of the check ${name}, ${cut(commandText(command), 200)}, can't be started, not even at the base commit: ${endText(base)}. Correct it in ${whose}, or let the set-up bring what it needs; it wrote: ${cut(base.output.trim(), 300)}`,
  );
}
