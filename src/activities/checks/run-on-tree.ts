import { log } from '@temporalio/activity';
import { endText } from '../../domain/check/check-text.js';
import type { CommandLine } from '../../domain/check/command.js';
import type { PlannedCheck } from '../../domain/check/planned-check.js';
import { proveMade } from '../../workspace/checked/made-places.js';
import { putTree } from '../../workspace/checked/put-tree.js';
import { runIn, type CommandPlace, type Ran } from './command-place.js';

/** Runs the command of a check once, on exactly this tree and what the set-up made. */
export async function runOnTree(
  place: CommandPlace,
  check: PlannedCheck,
  command: CommandLine,
  tree: string,
): Promise<Ran> {
  const { run, checked, sandbox, signal } = place;
  const { head, phase } = run.task;
  await putTree(checked, { tree, head, distrusts: sandbox.kind === 'none' }, signal);
  await proveMade(checked);
  const ran = await runIn(place, { command, access: 'throw_away', network: 'none', timeoutMs: check.timeoutMs });
  const facts = { phase: phase.key, check: check.name, end: endText(ran), ms: ran.durationMs };
  log.info('a check has run', { ...facts, tree });
  return ran;
}
