import { differentPeople, isAmong, isSamePerson, namesSomebody } from '../person.js';
import type { OpenGate, RunStatus } from '../run-status.js';

const AFTER_TIME: Record<Exclude<OpenGate['onTimeout'], 'escalate'>, string> = {
  wait: 'the gate waits on',
  reject: 'the run fails',
  abort: 'the run is aborted',
};

/** What a decision at the gate leads to, in one sentence for each. */
export function consequences({ phase, artifact }: OpenGate, { phases }: RunStatus): string {
  const at = phases.findIndex(({ key }) => key === phase);
  const next = phases[at + 1];
  const goesOn = artifact === null ? `phase ${phase} goes on` : next ? `phase ${next.key} begins` : 'the run completes';
  return `Approved: ${goesOn}. Rejected: the run ends as failed.`;
}

/**
 * Who has decided, who else may, how many are needed, until when, and what happens then: one line for each that there is
 * something to say about. Names are as people wrote them.
 */
export function rulesLines(gate: OpenGate, { startedBy }: RunStatus): string[] {
  const { approvers, approvedBy, required, separateStarter, expiresAt, onTimeout, escalateTo, review } = gate;
  const notStarter = separateStarter && namesSomebody(startedBy) ? `, but not ${startedBy}, who started the run` : '';
  const may =
    approvers === null
      ? `Anybody${approvedBy.length > 0 ? ' else' : ''} may approve${notStarter}.`
      : `May ${approvedBy.length > 0 ? 'still ' : ''}approve: ${othersOf(gate, startedBy).join(', ') || 'nobody'}${notStarter}.`;
  return [
    ...(review ? [reviewText(review)] : []),
    ...(required > 1 || approvedBy.length > 0
      ? [
          `${approvedBy.length} of ${required} approvals${approvedBy.length > 0 ? `, by ${approvedBy.join(', ')}` : ''}.`,
        ]
      : []),
    may,
    ...(expiresAt === null ? [] : [`Until ${expiresAt}; then ${afterTime(onTimeout, escalateTo)}.`]),
  ];
}

/** What happens when the time of a gate is over. */
export function afterTime(onTimeout: OpenGate['onTimeout'], escalateTo: readonly string[]): string {
  return onTimeout === 'escalate'
    ? `${escalateTo.join(', ') || 'nobody else'} may decide as well`
    : AFTER_TIME[onTimeout];
}

function reviewText(review: NonNullable<OpenGate['review']>): string {
  return review === 'not yet open'
    ? 'Decided by reviews of a pull request, which is not open yet.'
    : `Decided by reviews of pull request ${review.number}, of commit ${review.sha.slice(0, 12)}: ${review.url}`;
}

function othersOf({ approvers, approvedBy, separateStarter }: OpenGate, startedBy: string | null): string[] {
  return differentPeople(approvers ?? []).filter(
    (name) => !isAmong(name, approvedBy) && !(separateStarter && isSamePerson(name, startedBy ?? '')),
  );
}
