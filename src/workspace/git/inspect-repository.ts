import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { cut, PhasegateError } from '../../domain/failures.js';
import { nearestName } from '../../domain/text/nearest-name.js';
import { errnoOf } from '../disk-failure.js';
import { git } from './git.js';

/** A git repository and the commit that a run starts from. */
export interface Repository {
  /** As the person gave it. */
  path: string;
  /** Real path of the git directory that all work trees of the repository share. */
  commonDir: string;
  baseCommit: string;
  /** `refs/heads/main`, or `refs/remotes/origin/main` where there is no such local branch. */
  baseRef: string;
  /** Name of the branch, or the commit where the repository is on no branch. */
  baseName: string;
}

const BRANCH_PLACES = ['refs/heads/', 'refs/remotes/origin/'] as const;
const LISTED_BRANCHES = 10;

/**
 * Finds the repository and the base branch of a run (S07). Changes nothing.
 *
 * @param repoPath - absolute path of a work tree, a folder below one, a bare repository or a `.git` folder
 * @param baseBranch - name of a branch, without `refs/heads/`; any text is harmless. Null: `main` where there is one
 *   (S01), or else HEAD
 * @throws PhasegateError repo_path_missing, repo_path_not_absolute, repo_not_git, repo_without_commits,
 *   branch_not_found, and the codes of git's failures
 */
export async function inspectRepository(
  repoPath: string,
  baseBranch: string | null,
  signal?: AbortSignal,
): Promise<Repository> {
  const folder = await existingFolder(repoPath);
  const wanted = baseBranch ?? DEFAULT_BRANCH;
  const usual = await inspectAtOnce(folder, wanted, signal);
  if (usual) return { path: repoPath, baseName: wanted, ...usual };
  const commonDir = await commonDirOf(folder, repoPath, signal);
  const base = await findBranch(commonDir, wanted, signal);
  if (base) return { path: repoPath, commonDir, baseCommit: base.commit, baseRef: base.ref, baseName: wanted };
  const head = baseBranch === null ? await headOf(folder, signal) : null;
  if (head) return { path: repoPath, commonDir, ...head };
  const branches = await branchNames(commonDir, signal);
  if (branches.length === 0)
    throw new PhasegateError(
      'repo_without_commits',
      `the repository ${cut(repoPath, 300)} has no branch with a commit`,
    );
  throw branchNotFound(repoPath, wanted, branches);
}

const DEFAULT_BRANCH = 'main';

/** The branch of HEAD by its name, or the commit where HEAD is on no branch; null before the first commit. */
async function headOf(
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Pick<Repository, 'baseCommit' | 'baseRef' | 'baseName'> | null> {
  const commit = await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
    signal,
    okCodes: [0, 1, 128],
  });
  if (commit.code !== 0) return null;
  const { text: ref } = await git(folder, ['symbolic-ref', '--quiet', 'HEAD'], { signal, okCodes: [0, 1] });
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  return { baseCommit: commit.text, baseRef: branch === undefined ? 'HEAD' : ref, baseName: branch ?? commit.text };
}

/**
 * The git directory that all work trees of a repository share, as a real path.
 *
 * @throws PhasegateError as {@link inspectRepository}
 */
export async function findRepository(repoPath: string, signal?: AbortSignal): Promise<string> {
  return commonDirOf(await existingFolder(repoPath), repoPath, signal);
}

async function existingFolder(repoPath: string): Promise<string> {
  const shown = JSON.stringify(cut(repoPath, 300));
  if (repoPath.trim() === '') throw new PhasegateError('repo_path_missing', 'repoPath is empty');
  if (!isAbsolute(repoPath)) {
    const hint = repoPath.startsWith('~') ? ' (~ is not expanded)' : '';
    throw new PhasegateError('repo_path_not_absolute', `repoPath is ${shown}, which is not an absolute path${hint}`);
  }
  try {
    const folder = await realpath(repoPath);
    if ((await stat(folder)).isDirectory()) return folder;
  } catch (error) {
    const why =
      errnoOf(error) === 'EACCES' ? 'the worker may not read it' : `there is no such folder on the worker's machine`;
    throw new PhasegateError('repo_path_missing', `repoPath is ${shown}: ${why}`, {}, { cause: error });
  }
  throw new PhasegateError('repo_not_git', `repoPath is ${shown}, a file and not a folder`);
}

async function commonDirOf(folder: string, repoPath: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    const { text } = await git(folder, ['rev-parse', '--path-format=absolute', '--git-common-dir'], { signal });
    return await realpath(text);
  } catch (error) {
    // git's own words tell whether the repository is damaged or there is none at all
    if (!(error instanceof PhasegateError) || error.code !== 'workspace_failed' || error.details['exitCode'] !== 128)
      throw error;
    throw new PhasegateError(
      'repo_not_git',
      `${cut(repoPath, 300)} is not a git repository that can be used: ${error.message}`,
      {},
      { cause: error },
    );
  }
}

/** A local branch of a repository, asked for by one command; null where git answers something else. */
async function inspectAtOnce(
  folder: string,
  branch: string,
  signal: AbortSignal | undefined,
): Promise<Pick<Repository, 'commonDir' | 'baseCommit' | 'baseRef'> | null> {
  if (!isPossibleBranch(branch)) return null;
  const baseRef = `refs/heads/${branch}`;
  const { code, text } = await git(
    folder,
    ['rev-parse', '--path-format=absolute', '--git-common-dir', `${baseRef}^{commit}`],
    { signal, okCodes: [0, 128] },
  );
  const end = text.lastIndexOf('\n');
  return code === 0
    ? { commonDir: await realpath(text.slice(0, end)), baseCommit: text.slice(end + 1), baseRef }
    : null;
}

/** No branch has a name of another form, and git would take some such names for a pattern. */
function isPossibleBranch(name: string): boolean {
  return name !== '' && name.length <= 1_000 && !/[\p{Cc}\p{Surrogate} ~^:?*[\\]|\.\.|@\{/u.test(name);
}

async function findBranch(
  commonDir: string,
  branch: string,
  signal: AbortSignal | undefined,
): Promise<{ ref: string; commit: string } | null> {
  if (!isPossibleBranch(branch)) return null;
  const wanted = BRANCH_PLACES.map((place) => place + branch);
  const { text } = await git(commonDir, ['for-each-ref', '--format=%(objectname) %(refname)', ...wanted], {
    signal,
    gitDir: commonDir,
  });
  // a name also matches all refs below it
  const found = new Map(
    text.split('\n').map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  );
  const ref = wanted.find((name) => found.has(name));
  return ref === undefined ? null : { ref, commit: found.get(ref) ?? '' };
}

async function branchNames(commonDir: string, signal: AbortSignal | undefined): Promise<string[]> {
  const { text } = await git(
    commonDir,
    ['for-each-ref', '--sort=-committerdate', '--format=%(refname)', ...BRANCH_PLACES],
    { signal, gitDir: commonDir },
  );
  const names = text.split('\n').flatMap((ref) => {
    const place = BRANCH_PLACES.find((prefix) => ref.startsWith(prefix));
    return place === undefined || ref === 'refs/remotes/origin/HEAD' ? [] : [ref.slice(place.length)];
  });
  return [...new Set(names)];
}

function branchNotFound(repoPath: string, branch: string, branches: readonly string[]): PhasegateError {
  const nearest = nearestName(branch, branches);
  const listed = branches.slice(0, LISTED_BRANCHES).map((name) => cut(name, 100));
  const more = branches.length > listed.length ? ` and ${branches.length - listed.length} more` : '';
  return new PhasegateError(
    'branch_not_found',
    `there is no branch ${JSON.stringify(cut(branch, 200))} in ${cut(repoPath, 300)}` +
      `${nearest === undefined || nearest === null ? '' : `; did you mean ${cut(nearest, 200)}?`}; there are: ${listed.join(', ')}${more}`,
  );
}
