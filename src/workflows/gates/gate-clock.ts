import { condition, isCancellation } from '@temporalio/workflow';
import { differentPeople } from '../../domain/person.js';
import type { PlannedGate } from '../../domain/plan.js';
import type { OpenGate } from '../../domain/run-status.js';
import type { GateRound } from './gate-round.js';
import type { RunParts } from '../run-parts.js';

/** How long the timer of a gate without a time limit shows that it waits. */
const SHOWN_MS = 365 * 24 * 3_600_000;

/**
 * The time limit of a gate, with its reminders. These are durable timers, which the decision ends. A gate without a
 * limit has a timer, too, at whose end nothing happens: people see in Temporal Web's timeline what the run waits for. It
 * never rejects.
 */
export async function watchGate(
  parts: RunParts,
  round: GateRound,
  open: OpenGate,
  planned: PlannedGate,
): Promise<void> {
  const { live, stop } = parts;
  const isOpen = () => !stop.over && live.status.openGates.some(({ requestId }) => requestId === open.requestId);
  const openedAt = Date.parse(open.openedAt);
  const waits = `${open.phase}/${open.gate}: waits for a decision`;
  try {
    if (planned.timeoutMs === null) return void (await decidedBefore(openedAt + SHOWN_MS, isOpen, waits));
    for (const mark of planned.remindAtMs) {
      if (await decidedBefore(openedAt + mark, isOpen, `${waits}, until a reminder`)) return;
      remind(parts, open);
    }
    if (await decidedBefore(openedAt + planned.timeoutMs, isOpen, waits)) return;
    expire(parts, round, open, planned);
  } catch (error) {
    // the run ends, and with it the waiting
    if (!isCancellation(error)) throw error;
  }
}

async function decidedBefore(time: number, isOpen: () => boolean, summary: string): Promise<boolean> {
  const ms = time - Date.now();
  if (ms > 0) await condition(() => !isOpen(), ms, { summary });
  // this is asked again, because a decision may have come in the same task as the timer
  return !isOpen();
}

function remind({ log, notices }: RunParts, { phase, gate, expiresAt, requestId }: OpenGate): void {
  log.emit('gate_reminded', { gate, requestId, expiresAt }, phase);
  log.flushSoon();
  const message = `gate ${gate} of phase ${phase} still waits; its time is up at ${expiresAt}`;
  notices.tell({ kind: 'reminder', phase, gate, message });
}

/** An expiry is an outcome of its own: it is not a rejection when nobody answers. */
function expire(parts: RunParts, round: GateRound, open: OpenGate, { onTimeout, escalateTo }: PlannedGate): void {
  const { live, log, stop, notices } = parts;
  const { phase, gate, requestId } = open;
  const message = `nobody decided gate ${gate} of phase ${phase} in time`;
  log.emit('gate_expired', { gate, requestId, onTimeout }, phase);
  open.expiresAt = null;
  switch (onTimeout) {
    case 'wait':
      break;
    case 'escalate':
      if (open.approvers) open.approvers = differentPeople([...open.approvers, ...escalateTo]);
      log.emit('gate_escalated', { gate, requestId, to: escalateTo }, phase);
      break;
    case 'reject':
      live.closeGate(open);
      live.dropGates();
      round.end({ kind: 'expired', gate: open });
      break;
    case 'abort':
      stop.abort({ by: null, comment: message });
  }
  live.publish();
  log.flushSoon();
  const kind = onTimeout === 'escalate' ? 'escalated' : 'expired';
  notices.tell({ kind, phase, gate, message }, onTimeout === 'reject' || onTimeout === 'abort' ? 'the end' : 'the way');
}
