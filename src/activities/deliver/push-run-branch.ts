import { Context } from '@temporalio/activity';
import type { Activities } from '../../domain/activity-contract.js';
import type { PushedBranch, SettledDelivery } from '../../domain/deliver/deliver.js';
import { findRemote } from '../../workspace/push/find-remote.js';
import { pushBranch } from '../../workspace/push/push-branch.js';
import type { ActivityDeps } from '../deps.js';
import { asDeliveryFailure } from './delivery-failure.js';
import { checkHost, tokenOf } from './forge-of.js';

const USERS = { github: 'x-access-token', gitlab: 'oauth2' } as const;

/** Pushes the branch of a run to the remote of its delivery, and nothing else. */
export function createPushRunBranch({ env }: Pick<ActivityDeps, 'env'>): Activities['pushRunBranch'] {
  return async (delivery) => {
    try {
      return await pushTo(delivery, env, Context.current().cancellationSignal);
    } catch (error) {
      throw asDeliveryFailure(error);
    }
  };
}

/** The push itself. @throws PhasegateError as `pushBranch` and `findRemote` */
export async function pushTo(
  delivery: SettledDelivery,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<PushedBranch> {
  const { run, repoPath, branch, baseCommit, deliver } = delivery;
  const remote = await findRemote(repoPath, deliver.remote, signal);
  checkHost(remote, delivery);
  const user = USERS[deliver.pullRequest?.provider ?? 'github'];
  const isAsked = remote.place.kind === 'http' && deliver.tokenFromEnv !== null;
  const token = isAsked ? { user, value: tokenOf(delivery, env) } : null;
  return pushBranch({ remote, runId: run.runId, branch, baseCommit, access: { token, env, signal } });
}
