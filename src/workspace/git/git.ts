import { stat } from 'node:fs/promises';
import { cut, PhasegateError } from '../../domain/failures.js';
import { maskCredentials } from '../../domain/text/secrets.js';
import { errnoOf } from '../disk-failure.js';
import { gitFailureCode } from './git-failure.js';
import { gitEnvironment, neutralise, type Setting } from './git-environment.js';
import { knownSettings } from './repository-settings.js';
import { runProcess, type ProcessEnd } from './run-process.js';

export interface GitOptions {
  signal?: AbortSignal;
  /** Default 2 minutes. */
  timeoutMs?: number;
  /** Given to git's standard input. */
  input?: string | Uint8Array;
  /** The repository, named explicitly. A `.git` near the working directory is not looked at. */
  gitDir?: string;
  workTree?: string;
  /**
   * Paths in `args` and in the input are names, and no character has a meaning of its own. Turn it off only for a
   * command that refuses that.
   */
  literalPathspecs?: false;
  /** Exit codes that are answers, not failures. Default: only 0. */
  okCodes?: readonly number[];
  /** Most bytes of output; default 32 MiB. More is a failure. */
  maxOutputBytes?: number;
  /** More output than that is no failure: git is ended, and the output until then is the result. */
  cutOutput?: true;
  /** Another index than the worktree's own. It need not exist. */
  indexFile?: string;
  /** New objects go into the folder `objects`; those of the repository, in the folder `alternate`, are seen too. */
  objects?: { objects: string; alternate: string };
  /** More settings, for this command. */
  extra?: readonly Setting[];
  /**
   * The repository's settings, from {@link settingNames}, where the caller knows them. Otherwise they are looked up for
   * each command.
   */
  settings?: readonly string[];
}

export interface GitResult {
  code: number;
  stdout: Buffer;
  /** `stdout` as UTF-8 without its last line end. */
  text: string;
  /** Whether there was more output, with `cutOutput`. */
  cut?: true;
}

const DEFAULTS = { timeoutMs: 120_000, maxOutputBytes: 32 * 1024 * 1024 } as const;
/**
 * Commands that run no hook and never look into a file's content, so that no filter is used. (`write-tree` is not one
 * of them: it may look into files to write the index. `cat-file` gives a blob as it is, without `--filters` and
 * `--textconv`, which nobody here may use.)
 */
const CONTENT_BLIND = new Set([
  'config',
  'rev-parse',
  'rev-list',
  'merge-base',
  'check-ref-format',
  'for-each-ref',
  'symbolic-ref',
  'log',
  'commit-tree',
  'check-ignore',
  'check-attr',
  'ls-tree',
  'cat-file',
]);

/**
 * Runs git without a shell, so that nothing of the repository is ever executed: no hook, filter, file monitor, external
 * diff, signature program or transport. The first word of `args` must be the command, without options before it.
 *
 * @param cwd - a folder of the repository, null for commands that need none
 * @returns git's output; a failure has git's own words and the code of `gitFailureCode`, an abort throws the signal's
 *   reason
 */
export async function git(cwd: string | null, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  options.signal?.throwIfAborted();
  const repositorySettings =
    cwd === null || isContentBlind(args) ? [] : neutralise(options.settings ?? (await settingNames(cwd, options)));
  const end = await start(cwd, args, options, [...repositorySettings, ...(options.extra ?? [])]);
  if (end.stopped === 'aborted') options.signal?.throwIfAborted();
  if (end.stopped === null && end.code !== null && (options.okCodes ?? [0]).includes(end.code))
    return resultOf(end.code, end);
  if (end.stopped === 'output' && options.cutOutput) return { ...resultOf(0, end), cut: true };
  const code = end.stopped === null ? gitFailureCode(end.stderr) : 'workspace_failed';
  throw new PhasegateError(code, `git ${args[0]}: ${reason(end, options)}`, { exitCode: end.code });
}

function resultOf(code: number, { stdout }: ProcessEnd): GitResult {
  return { code, stdout, text: stdout.toString('utf8').replace(/\n$/, '') };
}

/** Whether a command is safe although nobody has looked at the repository's settings. */
export function isContentBlind([command = '']: readonly string[]): boolean {
  return CONTENT_BLIND.has(command);
}

/**
 * The names of all settings that a repository has at the place where this is asked. Some may count only for one
 * worktree or one branch.
 */
export async function settingNames(
  cwd: string,
  { signal, gitDir, workTree }: Pick<GitOptions, 'signal' | 'gitDir' | 'workTree'>,
): Promise<readonly string[]> {
  const ask = async (): Promise<readonly string[]> => {
    const { text } = await git(cwd, ['config', '--list', '--name-only', '-z', '--includes'], {
      signal,
      gitDir,
      workTree,
    });
    return text.split('\0');
  };
  return gitDir === undefined ? ask() : knownSettings(gitDir, ask);
}

async function start(
  cwd: string | null,
  args: readonly string[],
  options: GitOptions,
  settings: readonly Setting[],
): Promise<ProcessEnd> {
  try {
    const place = { cwd: cwd ?? '/', env: gitEnvironment(options, settings) };
    return await runProcess('git', args, place, { ...DEFAULTS, ...withoutUndefined(options) });
  } catch (error) {
    throw await cannotStart(error, cwd);
  }
}

function withoutUndefined(options: GitOptions): GitOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** ENOENT means that git or the folder is missing. People must know which of them. */
async function cannotStart(error: unknown, cwd: string | null): Promise<PhasegateError> {
  const folderIsThere = cwd === null || (await stat(cwd).catch(() => null))?.isDirectory() === true;
  const what =
    errnoOf(error) !== 'ENOENT'
      ? `git cannot be started: ${error instanceof Error ? error.message : String(error)}`
      : folderIsThere
        ? 'git is not installed, or not on the PATH of the worker'
        : `the folder ${cwd} does not exist`;
  return new PhasegateError('workspace_failed', maskCredentials(what), {}, { cause: error });
}

function reason(end: ProcessEnd, options: GitOptions): string {
  if (end.stopped === 'timeout') return `did not finish within ${(options.timeoutMs ?? DEFAULTS.timeoutMs) / 1000} s`;
  if (end.stopped === 'output')
    return `gave more than ${options.maxOutputBytes ?? DEFAULTS.maxOutputBytes} bytes of output`;
  const words = maskCredentials(end.stderr)
    .replace(/^(?:fatal|error): /gm, '')
    .trim();
  return cut(words === '' ? `ended with code ${end.code} and no words` : words, 500);
}
