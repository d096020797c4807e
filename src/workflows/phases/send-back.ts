import type { RunParts } from '../run-parts.js';
import { runFault } from '../run-failure.js';
import type { Order } from '../rounds.js';

/**
 * Sends the work back: the phase `to` and those after it, up to the one that sends it, run again. What was approved in
 * this round of them counts no more, and the record says so.
 *
 * @returns the index of the phase that runs next
 * @throws CancelledFailure when the run is to stop
 */
export function sendBack({ live, log, stop }: RunParts, order: Order): number {
  stop.check();
  const { from, to, why, by, comment } = order;
  const { phases } = live.status;
  const first = phases.findIndex(({ key }) => key === to);
  const last = phases.findIndex(({ key }) => key === from);
  // a plan may come by hand
  if (first < 0 || first > last) throw runFault('internal_error', `work can't go back from ${from} to ${to}`, from);
  const again = phases.slice(first, last + 1);
  const voided = live.rounds.end(again, order);
  const before = new Map(again.map(({ key, round }) => [key, round]));
  live.beginRound(again);
  const { state } = live.status;
  const round = phases[first]?.round ?? 1;
  log.emit('sent_back', { from, to, round, why, by, comment, state }, from);
  for (const { requestId, phase, gate, by: approver, artifactSha256 } of voided)
    log.emit(
      'approval_voided',
      { requestId, gate, by: approver, artifactSha256, round: before.get(phase) ?? 1 },
      phase,
    );
  live.publish();
  log.flushSoon();
  return first;
}
