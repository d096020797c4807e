import { log } from '@temporalio/activity';
import { PhasegateError } from '../../domain/failures.js';
import { COMMAND_TOOL } from '../../domain/names.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import { openChecked } from '../../workspace/checked/open-checked.js';
import { shareSetUp } from '../../workspace/checked/share-set-up.js';
import { treeOf } from '../../workspace/worktree/stage-tree.js';
import { openWorktree } from '../../workspace/worktree/worktree.js';
import { inCheckoutTime } from '../phase/checkout-time.js';
import type { PhaseRun } from '../phase/phase-run.js';
import type { CommandPlace } from './command-place.js';
import { setUp, setUpHash } from './set-up.js';

/**
 * Makes ready what the commands of a phase need: the sandbox, the worktree of the checks, and the set-up in it. It comes
 * before a model is asked, also in a phase without checks: a repository that can't be set up costs nothing then.
 *
 * @returns null where nothing of the repository is to run
 * @throws PhasegateError `sandbox_unavailable`, which another worker may be able to mend; `setup_failed`
 */
export async function prepareCommands(run: PhaseRun, fence: AttemptFence): Promise<CommandPlace | null> {
  const { commands, phase, repository, binding } = run.task;
  if (commands.sandbox === 'off' || (commands.setup.length === 0 && phase.checks.length === 0)) return null;
  const sandbox = await sandboxOf(run);
  const { runId } = run.task.run;
  const hash = setUpHash(commands, repository.baseCommit, sandbox.kind);
  const { checked, tree } = await inCheckoutTime(run, [fence.signal], async (signal) => {
    const worktree = await openWorktree(run.folder);
    const base = repository.baseCommit;
    const checked = await openChecked(worktree, runId, base, hash, signal);
    // only a set-up that is still to be done needs the tree
    return { checked, tree: checked.setUp === null ? await treeOf(worktree, base, signal) : null };
  });
  const place = { run, fence, sandbox, checked, signal: AbortSignal.any([run.cancelled, fence.signal]) };
  const ready = tree !== null ? { ...place, checked: await setUp(place, tree, hash) } : place;
  if (binding.persona.tools.includes(COMMAND_TOOL)) await shareSetUp(ready.checked, run.folder, ready.signal);
  return ready;
}

/** A worker without isolation must not run what was planned for a sandbox. The opposite does no harm. */
export async function sandboxOf({ deps, task }: PhaseRun): Promise<Sandbox> {
  const planned = task.commands.sandbox;
  const sandbox = await deps.sandbox.open();
  if (sandbox === null || (planned === 'bwrap' && sandbox.kind === 'none'))
    throw new PhasegateError(
      'sandbox_unavailable',
      `the run was planned with commands in ${planned === 'bwrap' ? 'a sandbox' : 'no sandbox'}, and this worker ${sandbox === null ? 'runs none (PHASEGATE_SANDBOX=off)' : 'has none (PHASEGATE_SANDBOX=none)'}: another worker may take it`,
    );
  if (sandbox.kind === 'none') log.warn('commands of the repository run without isolation', { phase: task.phase.key });
  return sandbox;
}
