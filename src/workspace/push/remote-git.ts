import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cut, PhasegateError } from '../../domain/failures.js';
import type { RemotePlace } from '../../domain/deliver/remote-url.js';
import { maskCredentials, maskValues } from '../../domain/text/secrets.js';
import { git } from '../git/git.js';
import { gitEnvironment, type Setting } from '../git/git-environment.js';
import { runProcess } from '../git/run-process.js';
import { pushFailureCode } from './push-failure.js';
import type { Remote } from './find-remote.js';

/** How the worker shows who it is to a remote. */
export interface RemoteAccess {
  /** For https alone; null for none. */
  token: { user: string; value: string } | null;
  /** The worker's environment: proxies, certificates and the worker's own ssh are taken from it. */
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** Runs git against a remote, and gives its output. */
export type RemoteGit = (args: readonly string[]) => Promise<string>;

const TIMEOUT_MS = 10 * 60_000;
const WEB = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'http_proxy',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
  'ALL_PROXY',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];
const SSH = ['HOME', 'USER', 'LOGNAME', 'SSH_AUTH_SOCK', 'GIT_SSH_COMMAND'];
const PROTOCOLS = { ssh: 'ssh', path: 'file' } as const;
/** A remote on this machine is written by a program that this one starts: its hooks don't run either. */
export const RECEIVE_PACK = 'git -c core.hooksPath=/dev/null -c gc.auto=0 -c maintenance.auto=false receive-pack';

/**
 * Lets git work with a remote from an empty git directory that only borrows the objects of the repository. So no setting
 * of the repository has an effect: no hook, no helper, no other place for the URL, no weaker TLS. The token is in git's
 * environment, for the remote's host alone. It is in no argument, no file and no message.
 */
export async function withRemoteGit<T>(
  { commonDir, place }: Remote,
  access: RemoteAccess,
  use: (run: RemoteGit) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-push-'));
  try {
    const { text: format } = await git(commonDir, ['rev-parse', '--show-object-format'], { gitDir: commonDir });
    const gitDir = join(folder, 'push.git');
    await git(null, ['init', '--bare', '--quiet', '--template=', `--object-format=${format}`, gitDir]);
    const alternate = join(commonDir, 'objects');
    const repository = { gitDir, objects: { objects: join(gitDir, 'objects'), alternate } };
    const env = { ...gitEnvironment(repository, settingsFor(place, access)), ...variablesFor(place, access) };
    return await use((args) => run(args, folder, env, access));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function run(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  { token, signal }: RemoteAccess,
): Promise<string> {
  const end = await runProcess(
    'git',
    args,
    { cwd, env },
    { signal, timeoutMs: TIMEOUT_MS, maxOutputBytes: 1024 * 1024 },
  );
  signal?.throwIfAborted();
  const output = end.stdout.toString('utf8');
  if (end.stopped === null && end.code === 0) return output;
  if (end.stopped !== null)
    throw new PhasegateError(
      'remote_unreachable',
      `git ${args[0]}: the remote did not answer within ${TIMEOUT_MS / 60_000} min`,
    );
  const words = `${rejected(output)}\n${end.stderr}`.replace(/^(?:fatal|error|remote): ?/gm, '').trim();
  const shown = maskCredentials(maskValues(words, token ? [token.value, basic(token)] : []));
  throw new PhasegateError(pushFailureCode(words), `git ${args[0]}: ${cut(shown.replace(/\s*\n\s*/g, '; '), 700)}`);
}

/** The lines of `push --porcelain` that say what was refused. */
function rejected(output: string): string {
  return output
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.replaceAll('\t', ' '))
    .join('\n');
}

function settingsFor({ kind, url }: RemotePlace, { token }: RemoteAccess): Setting[] {
  if (kind !== 'http') return [];
  return [
    // a moved repository is told, and nobody is followed to another host
    ['http.followRedirects', 'false'],
    ...(token ? [[`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic(token)}`] as const] : []),
  ];
}

function variablesFor({ kind, url }: RemotePlace, { env }: RemoteAccess): Record<string, string> {
  const names = kind === 'http' ? WEB : kind === 'ssh' ? SSH : [];
  return {
    ...Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    ...(kind === 'ssh' && !env['GIT_SSH_COMMAND'] && { GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=30' }),
    GIT_ALLOW_PROTOCOL: kind === 'http' ? new URL(url).protocol.slice(0, -1) : PROTOCOLS[kind],
  };
}

function basic({ user, value }: { user: string; value: string }): string {
  return Buffer.from(`${user}:${value}`).toString('base64');
}
