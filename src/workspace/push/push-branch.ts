import type { PushedBranch } from '../../domain/deliver/deliver.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { maskCredentials } from '../../domain/text/secrets.js';
import { tipOf } from '../git/branch-tip.js';
import { git } from '../git/git.js';
import type { Remote } from './find-remote.js';
import { RECEIVE_PACK, withRemoteGit, type RemoteAccess, type RemoteGit } from './remote-git.js';

export interface PushBranch {
  remote: Remote;
  runId: string;
  branch: string;
  /** The commit at which the run began. */
  baseCommit: string;
  access: RemoteAccess;
}

/**
 * Brings the branch of a run to a remote, and nothing else. What somebody else pushed there is never overwritten; what an
 * earlier push of this run left there is, where the run was reset since.
 *
 * @throws PhasegateError `nothing_to_deliver`, `remote_branch_moved`, `remote_rejected`, `remote_auth_failed`,
 *   `remote_not_found`, `remote_unreachable`, `forge_archived`
 */
export async function pushBranch({ remote, runId, branch, baseCommit, access }: PushBranch): Promise<PushedBranch> {
  const { commonDir, place, name } = remote;
  const sha = await tipOf(commonDir, branch);
  if (sha === null)
    throw new PhasegateError('nothing_to_deliver', `the branch ${cut(branch, 200)} is not in the repository`);
  if (sha === baseCommit)
    throw new PhasegateError(
      'nothing_to_deliver',
      `the branch ${cut(branch, 200)} has no commit beside those that the run began with`,
    );
  const pushed = { remote: name, url: maskCredentials(place.url), branch, sha };
  return withRemoteGit(remote, access, async (run) => {
    const there = await remoteTip(run, place.url, branch);
    if (there === sha) return { ...pushed, how: 'none' };
    const how = there === null ? 'created' : (await isAncestor(commonDir, there, sha)) ? 'forwarded' : 'forced';
    if (how === 'forced' && !(await wasPushed(commonDir, runId, there ?? '')))
      throw new PhasegateError(
        'remote_branch_moved',
        `the branch ${cut(branch, 200)} is at ${there} at the remote ${name}, which this run did not push`,
      );
    // before the push: a worker that is killed meanwhile must still know its own commit
    await notePushed(commonDir, runId, sha);
    const ref = `refs/heads/${branch}`;
    await run([
      'push',
      '--porcelain',
      '--no-verify',
      '--no-signed',
      '--recurse-submodules=no',
      ...(place.kind === 'path' ? [`--receive-pack=${RECEIVE_PACK}`] : []),
      // the remote refuses when somebody was faster
      `--force-with-lease=${ref}:${there ?? ''}`,
      '--',
      place.url,
      `${sha}:${ref}`,
    ]);
    return { ...pushed, how };
  });
}

/** Forgets what a run has pushed: its folder is removed. */
export async function forgetPushed(commonDir: string, runId: string): Promise<void> {
  const { text } = await git(commonDir, ['for-each-ref', '--format=%(refname)', pushedRefs(runId)], {
    gitDir: commonDir,
  });
  for (const ref of text.split('\n').filter((line) => line !== ''))
    await git(commonDir, ['update-ref', '-d', ref], { gitDir: commonDir });
}

async function remoteTip(run: RemoteGit, url: string, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`;
  const text = await run(['ls-remote', '--', url, ref]);
  const line = text.split('\n').find((each) => each.endsWith(`\t${ref}`));
  return line === undefined ? null : line.slice(0, line.indexOf('\t'));
}

/** A commit that is not in the repository is nobody's ancestor. */
async function isAncestor(commonDir: string, commit: string, of: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', commit, of];
  return (await git(commonDir, args, { gitDir: commonDir, okCodes: [0, 1, 128] })).code === 0;
}

async function notePushed(commonDir: string, runId: string, sha: string): Promise<void> {
  const ref = `${pushedRefs(runId)}${sha}`;
  await git(commonDir, ['update-ref', '-m', 'phasegate: pushed', ref, sha], { gitDir: commonDir });
}

async function wasPushed(commonDir: string, runId: string, sha: string): Promise<boolean> {
  const args = ['rev-parse', '--verify', '--quiet', `${pushedRefs(runId)}${sha}`];
  return (await git(commonDir, args, { gitDir: commonDir, okCodes: [0, 1] })).code === 0;
}

function pushedRefs(runId: string): string {
  return `refs/phasegate/${runId}/pushed/`;
}
