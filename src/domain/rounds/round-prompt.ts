import { cut } from '../failures.js';
import { framed } from '../text/framed.js';
import type { KeptComments } from './comments.js';
import type { SentBack } from './sent-back.js';

/** Longest reason that a template gives. */
const MAX_WHY = 500;

/**
 * What an agent is told when its phase runs again, because work was sent back to it or to a phase before it.
 *
 * @param phaseKey - its phase
 * @param round - from 2
 * @param nonce - of the prompt's frames
 */
export function roundPrompt(phaseKey: string, round: number, sentBack: SentBack, nonce: string): string {
  const { from, to, why, artifact, own, since, by, comment } = sentBack;
  const where = to === phaseKey ? 'this phase' : `phase ${to}`;
  const lines = [
    `This is round ${round} of this phase: the work was sent back from phase ${from} to ${where}, because ${cut(why, MAX_WHY)}. What was changed in repo/ so far is still there.`,
  ];
  if (artifact && artifact.path !== own?.path) {
    const what =
      to === phaseKey ? 'Read it with `read_file`, and deal with every point in it' : 'Read it with `read_file`';
    lines.push(`Phase ${from} left ${artifact.path} when it sent the work back. ${what}.`);
  }
  if (own)
    lines.push(
      `This phase left ${own.path} in its last round. Read it with \`read_file\`; it is not changed any more.`,
    );
  if (since !== null)
    lines.push(
      `At the end of its last round repo/ was at commit ${since}: \`git_diff\` with that revision shows what has changed since.`,
    );
  if (comment !== null && comment.trim() !== '')
    lines.push(`${nameOf(by)} sent it back, and says what is to change:`, framed('CHANGES', comment, nonce));
  return `${lines.join('\n')}\n`;
}

/** What people said with their decisions so far; empty where nobody said anything. */
export function commentsPrompt({ comments, leftOut }: KeptComments, nonce: string): string {
  if (comments.length === 0) return '';
  return [
    'People said this when they decided about earlier work. They are people, so do what they ask where it concerns your phase:',
    ...comments.map(({ phase, gate, action, by, comment }) =>
      framed('COMMENT', `${nameOf(by)}, ${WHAT[action]} at gate ${gate} of phase ${phase}:\n${comment.trim()}`, nonce),
    ),
    ...(leftOut > 0 ? [`${leftOut} older comments are left out.\n`] : []),
  ].join('\n');
}

const WHAT = {
  approve: 'who approved',
  reject: 'who rejected',
  requestChanges: 'who asked for changes',
  abort: 'who aborted',
} as const;

/** A name may have any characters; as JSON it stays on its line. */
function nameOf(by: string | null): string {
  return by === null ? 'A person who gave no name' : `A person who gives the name ${JSON.stringify(cut(by, 200))}`;
}
