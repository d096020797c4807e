import { PhasegateError } from '../../domain/failures.js';
import { splitNul } from '../worktree/index-lines.js';
import { runProcess } from '../git/run-process.js';
import type { Checked } from './open-checked.js';

const LIMIT_MS = 10 * 60_000;
const MOST_LIST_BYTES = 8 * 1024 * 1024;
const MOST_AT_ONCE = 200;

/**
 * The files that the set-up made and that hold a secret: agents must not get them.
 *
 * @param made - files and folders, from the worktree's folder
 * @param forms - how a secret may stand in a file
 * @returns paths from the worktree's folder
 * @throws PhasegateError `setup_failed` when that can't be found out
 */
export async function holdingSecrets(
  { repo }: Pick<Checked, 'repo'>,
  made: readonly string[],
  forms: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<string[]> {
  // one pattern a line; what is read from the input no list of processes shows
  const patterns = forms.filter((form) => form.length > 0 && !form.includes(0x0a));
  if (patterns.length === 0) return [];
  const input = Buffer.concat(patterns.flatMap((form) => [form, Buffer.from('\n')]));
  const found: string[] = [];
  for (let from = 0; from < made.length; from += MOST_AT_ONCE) {
    const places = made.slice(from, from + MOST_AT_ONCE).map((place) => `./${place}`);
    // no link is followed, and no pipe is opened
    const args = ['-rlZaF', '-D', 'skip', '-f', '-', '--', ...places];
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
    const limits = { signal, timeoutMs: LIMIT_MS, maxOutputBytes: MOST_LIST_BYTES, input };
    const end = await runProcess('grep', args, { cwd: repo, env }, limits);
    if (end.stopped === 'aborted') signal?.throwIfAborted();
    if (end.stopped !== null || (end.code !== 0 && end.code !== 1))
      throw new PhasegateError(
        'setup_failed',
        `whether what the set-up made holds a value of \`env\` can't be found out: ${end.stderr.slice(0, 300) || String(end.stopped)}`,
      );
    found.push(...splitNul(end.stdout).map((path) => nameable(String(path).replace(/^\.\//, ''), made)));
  }
  return [...new Set(found)];
}

/** A name that is no UTF-8 can't be told: then it is all of the place. */
function nameable(path: string, made: readonly string[]): string {
  return path.includes('\uFFFD') ? (made.find((place) => path.startsWith(place)) ?? path) : path;
}
