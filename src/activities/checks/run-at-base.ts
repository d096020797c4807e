import type { CommandLine } from '../../domain/check/command.js';
import { isAsExpected, isRed } from '../../domain/check/judge-check.js';
import type { PlannedCheck } from '../../domain/check/planned-check.js';
import { sha256 } from '../../domain/text/hash.js';
import { treeWith } from '../../workspace/changes/tree-with.js';
import { treeOf } from '../../workspace/worktree/stage-tree.js';
import { toRow, type CommandPlace, type Ran } from './command-place.js';
import type { CheckedWork } from './checked-work.js';
import { runOnTree } from './run-on-tree.js';

/**
 * Once in a run for each command: the base commit stays the same. Red there, it is repeated like the check on the work.
 *
 * @returns its last run
 */
export async function runAtBase(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  { worktree }: CheckedWork,
): Promise<Ran> {
  const { task, deps } = place.run;
  const { baseCommit } = task.repository;
  const first = idOf(place, check, [command, baseCommit]);
  const ids = Array.from({ length: check.retries + 1 }, (_, n) => (n === 0 ? first : `${first}:${n}`));
  const known = await deps.mirror.readCheckRuns(task.run.runId, ids);
  const tree = await treeOf(worktree, baseCommit, place.signal);
  let last: Ran | null = null;
  for (const id of ids) {
    last =
      known.find((row) => row.id === id) ?? (await runAndRecord(place, check, command, { id, tree, expect: 'pass' }));
    if (!isRed(last)) break;
  }
  return last!;
}

/**
 * Runs a command that must be red at the base commit, to which only the files of its proof were added: no other change
 * of the phase may be what makes it red.
 */
export async function runProof(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  { worktree, tree: work }: CheckedWork,
  files: readonly string[],
): Promise<Ran> {
  const { task, deps } = place.run;
  const tree = await treeWith(worktree, task.repository.baseCommit, work, files, place.signal);
  const id = idOf(place, check, [command, 'proof', tree]);
  const [known] = await deps.mirror.readCheckRuns(task.run.runId, [id]);
  return known ?? runAndRecord(place, check, command, { id, tree, expect: 'fail' });
}

function idOf({ run }: CommandPlace, { name }: PlannedCheck, what: unknown): string {
  return `${run.task.run.runId}:base:${name}:${sha256(JSON.stringify(what)).slice(0, 16)}`;
}

async function runAndRecord(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  { id, tree, expect }: { id: string; tree: string; expect: PlannedCheck['expect'] },
): Promise<Ran> {
  const ran = await runOnTree(place, check, command, tree);
  const outcome = isAsExpected(expect, ran) ? 'passed' : 'failed';
  const row = { id, kind: 'base' as const, name: check.name, expect, tree, outcome, command } as const;
  await place.run.deps.mirror.recordCheckRun(place.run.task.run, toRow(place, row, ran));
  return ran;
}
