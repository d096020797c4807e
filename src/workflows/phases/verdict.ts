import { whenText, type Matched } from '../../domain/rounds/when.js';
import { runFault } from '../run-failure.js';
import type { Work } from './work.js';

/** What the conditions of a phase make of its artifact. */
export interface Verdict {
  /** Why the work goes back; null where the run goes on. */
  back: { to: string; why: string } | null;
  /** What people are told at the gates of the phase. */
  note: string | null;
}

/**
 * Applies the phase's conditions to its artifact.
 *
 * @throws ApplicationFailure `verdict_failed`, or `sent_back_too_often` where no person is to decide
 */
export function verdictOf({ phase, status }: Work, matched: Matched): Verdict {
  const { sendBack, failWhen, artifact, key } = phase;
  if (failWhen && matched.failWhen)
    throw runFault('verdict_failed', `${artifact.path} of phase ${key} says that ${whenText(failWhen)}`, key);
  if (!sendBack || !matched.sendBack) return { back: null, note: null };
  const why = whenText(sendBack.when);
  if (status.sentBack < sendBack.max) return { back: { to: sendBack.to, why }, note: null };
  const times = `${sendBack.max} ${sendBack.max === 1 ? 'time' : 'times'}`;
  const note = `${why}, after the work was sent back ${times}`;
  if (sendBack.onMax === 'fail' || phase.gates.length === 0)
    throw runFault('sent_back_too_often', `${artifact.path} of phase ${key} says that ${note}`, key);
  return { back: null, note };
}
