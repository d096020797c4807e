import { cut } from '../../domain/failures.js';
import type { Answered } from '../conversation/conversation.js';
import { changedAnswer } from './changed-answer.js';

const MOST_NAMED = 3;

/**
 * The answers of one reply as they are kept. When a call failed, an artifact that the same reply wrote is not taken: it
 * was written as if that call had worked. The file stays, and its answer names the failed calls. So an attempt that goes
 * on after a crash reads the same from the conversation.
 *
 * @param answered - the answers to all calls of the reply, in their order
 * @param path - the artifact's, from the run's folder
 */
export function withoutUntaken(answered: readonly Answered[], path: string): Answered[] {
  const failed = answered.flatMap(({ audit }, n) => (audit.outcome === 'ok' ? [] : [{ audit, n }]));
  if (failed.length === 0) return [...answered];
  const named = failed.slice(0, MOST_NAMED).map(({ audit, n }) => `${audit.tool} (call ${n + 1} of this reply)`);
  const more = failed.length > named.length ? ` and ${failed.length - named.length} more` : '';
  const reason = `not taken as the artifact, because another call failed: ${named.join(', ')}${more}`;
  return answered.map((one) => (one.wrote.includes(path) ? untaken(one, path, reason) : one));
}

function untaken(answered: Answered, path: string, reason: string): Answered {
  const advice = 'Read the answer of the call that failed, do what is still to do, and write the artifact again.';
  const { answer, audit, wrote } = changedAnswer(answered, { add: `It is ${reason}. ${advice}` });
  return {
    answer,
    audit: { ...audit, message: audit.message ?? cut(reason, 500) },
    wrote: wrote.filter((written) => written !== path),
  };
}
