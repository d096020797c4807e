import { Context } from '@temporalio/activity';
import type { Activities } from '../../domain/activity-contract.js';
import type { FoundPullRequest, PlannedPullRequest, SettledDelivery } from '../../domain/deliver/deliver.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import type { Forge, PullRequestText } from '../../forge/forge.js';
import type { ActivityDeps } from '../deps.js';
import { asDeliveryFailure } from './delivery-failure.js';
import { forgeOf } from './forge-of.js';
import { reportText } from './pull-request-text.js';

/** Opens the pull request of a completed run, with its report as the body, or finds the one that is open. */
export function createOpenPullRequest(deps: ActivityDeps): Activities['openPullRequest'] {
  return async (delivery) => {
    try {
      const { forge, wanted } = await forgeOf(deps, delivery, Context.current().cancellationSignal);
      return await openOrFind(forge, delivery, wanted, () => reportText(deps, delivery, wanted.title));
    } catch (error) {
      throw asDeliveryFailure(error);
    }
  };
}

/**
 * Opens a pull request, or finds the open one of the branch: its draft ends where none is wanted any more, and it is
 * written anew where that is asked for.
 *
 * @param text - made only where it is needed
 */
export async function openOrFind(
  forge: Forge,
  { branch, baseBranch, update }: Pick<SettledDelivery, 'branch' | 'baseBranch' | 'update'>,
  wanted: PlannedPullRequest,
  text: () => Promise<PullRequestText>,
): Promise<FoundPullRequest> {
  const { defaultBranch } = await forge.repository();
  // where nobody names the base, people may have changed that of the pull request
  const existing =
    (await forge.find(branch, wanted.base ?? baseBranch)) ??
    (wanted.base === null ? await forge.find(branch, null) : null);
  if (existing) {
    if (update) await forge.update(existing.number, await text());
    const ends = existing.draft && !wanted.draft;
    if (ends) await forge.makeReady(existing.number);
    return { pullRequest: { ...existing, draft: existing.draft && !ends }, opened: false, notes: [] };
  }
  const base = await findBase(forge, wanted.base, baseBranch, defaultBranch);
  const { draft, labels, reviewers } = wanted;
  const { notes, ...pullRequest } = await forge.open({ ...(await text()), branch, base, draft, labels, reviewers });
  return { pullRequest, opened: true, notes: notes.map((note) => cut(note, 500)) };
}

async function findBase(forge: Forge, wanted: string | null, began: string, usual: string): Promise<string> {
  const base = wanted ?? began;
  if (base === usual || (await forge.hasBranch(base))) return base;
  // the run began at a commit, not at a branch
  if (wanted === null && /^[0-9a-f]{40,64}$/.test(began)) return usual;
  throw new PhasegateError(
    'forge_rejected',
    `the forge has no branch ${JSON.stringify(cut(base, 200))} to merge into; its default branch is ${JSON.stringify(cut(usual, 200))}: name it in \`base\``,
  );
}
