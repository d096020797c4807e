import type { CommitRef } from '../../domain/artifact.js';
import { neutralise } from '../../domain/deliver/forge-text.js';
import { cut } from '../../domain/failures.js';
import { gitIn } from './git-in.js';
import type { Worktree } from '../worktree/worktree.js';

/** What a commit of ours says about itself, in the last lines of its message. */
export interface Trailers {
  run: string;
  phase: string;
  occurrence: string;
}

/** A commit, and its trailers where it is one of ours. */
export interface LoggedCommit extends CommitRef {
  trailers: Trailers | null;
}

/**
 * The message of a commit. Lines of `message` that look like our trailers are left out, because a model may have
 * written them.
 *
 * @param message - a subject, and after an empty line more if wanted
 */
export function commitMessage(message: string, { run, phase, occurrence }: Trailers): string {
  const lines = message.split('\n').filter((line) => !/^\s*phasegate-/i.test(line));
  const body = lines.join('\n').replace(/\0/g, '').trim();
  return `${body === '' ? `phasegate: ${oneLine(phase)}` : body}\n\nPhasegate-Run: ${oneLine(run)}\nPhasegate-Phase: ${oneLine(phase)}\nPhasegate-Occurrence: ${oneLine(occurrence)}\n`;
}

const MAX_SUBJECT = 72;
const LINE_WIDTH = 72;

/**
 * The subject and body of a phase's commit.
 *
 * @param summary - what the agent says of its work, in any form: it becomes one paragraph of plain text
 */
export function describedCommit(phase: string, workflowId: string, summary: string | null): string {
  const subject = cut(`phasegate: ${oneLine(phase)} (${cut(oneLine(workflowId), 100)})`, MAX_SUBJECT);
  // the branch is pushed: an agent must mention nobody and close no issue there, and not keep the forge from checking it
  const words = oneLine(summary ?? '').split(/\s+/u);
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= LINE_WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  // at the end: white space and line ends that were something else before make words that act, too
  return [subject, '', neutralise(lines.join('\n'))].join('\n');
}

/** A text without line ends and control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/**
 * The commits of the run's branch that are not in the base commit's history, oldest first.
 *
 * @param baseCommit - id of a commit
 */
export async function readCommits(
  worktree: Pick<Worktree, 'repo' | 'gitDir' | 'branch'>,
  baseCommit: string,
  signal?: AbortSignal,
): Promise<LoggedCommit[]> {
  const format = [
    '--format=%x00%H%x00%B%x00',
    '--encoding=UTF-8',
    '--shortstat',
    '-M',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--no-show-signature',
  ];
  const { text } = await gitIn(
    worktree,
    ['log', '--reverse', '--topo-order', ...format, `${baseCommit}..refs/heads/${worktree.branch}`, '--'],
    { signal },
  );
  const fields = text.split('\0').slice(1);
  const commits: LoggedCommit[] = [];
  for (let n = 0; n + 2 < fields.length; n += 3) {
    const [sha = '', message = '', statistics = ''] = fields.slice(n, n + 3);
    const trailers = readTrailers(message);
    commits.push({
      phaseKey: trailers?.phase ?? '',
      sha,
      subject: message.split('\n', 1)[0] ?? '',
      ...readShortstat(statistics),
      trailers,
    });
  }
  return commits;
}

function readTrailers(message: string): Trailers | null {
  const found = /\nPhasegate-Run: (.*)\nPhasegate-Phase: (.*)\nPhasegate-Occurrence: (.*)\s*$/.exec(message);
  return found ? { run: found[1] ?? '', phase: found[2] ?? '', occurrence: found[3] ?? '' } : null;
}

function readShortstat(text: string): Pick<CommitRef, 'filesChanged' | 'insertions' | 'deletions'> {
  const count = (word: RegExp): number => Number(word.exec(text)?.[1] ?? 0);
  return {
    filesChanged: count(/(\d+) files? changed/),
    insertions: count(/(\d+) insertion/),
    deletions: count(/(\d+) deletion/),
  };
}
