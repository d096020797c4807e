import { condition, isCancellation } from '@temporalio/workflow';
import { differentPeople } from '../domain/person.js';
import type { PlannedGate } from '../domain/plan.js';
import type { OpenGate } from '../domain/run-status.js';
import { tell } from './notices.js';
import type { RunParts } from './run-parts.js';

/** The time limit of a gate, with its reminders: durable timers, ended by the decision. Never rejects. */
export async function watchGate(parts: RunParts, open: OpenGate, planned: PlannedGate): Promise<void> {
  const { model } = parts;
  const isOpen = () => model.status.openGates.some(({ requestId }) => requestId === open.requestId);
  const openedAt = Date.parse(open.openedAt);
  try {
    for (const mark of planned.remindAtMs) {
      if (await decidedBefore(openedAt + mark, isOpen, `${open.phase}/${open.gate}: remind`)) return;
      remind(parts, open);
    }
    if (await decidedBefore(openedAt + (planned.timeoutMs ?? 0), isOpen, `${open.phase}/${open.gate}: time for the decision`)) return;
    expire(parts, open, planned);
  } catch (error) {
    // the run ends: so does the waiting
    if (!isCancellation(error)) throw error;
  }
}

async function decidedBefore(time: number, isOpen: () => boolean, summary: string): Promise<boolean> {
  const ms = time - Date.now();
  return ms > 0 ? condition(() => !isOpen(), ms, { summary }) : !isOpen();
}

function remind(parts: RunParts, { phase, gate, expiresAt, requestId }: OpenGate): void {
  parts.log.emit('gate_reminded', { gate, requestId, expiresAt }, phase);
  parts.log.flushSoon();
  tell(parts, { kind: 'reminder', phase, gate, message: `gate ${gate} of phase ${phase} still waits; its time is up at ${expiresAt}` });
}

/** An expiry is an outcome of its own: silence is not a rejection. */
function expire(parts: RunParts, open: OpenGate, { onTimeout, escalateTo }: PlannedGate): void {
  const { model, log, decisions } = parts;
  const { phase, gate, requestId } = open;
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
      model.closeGate(open);
      decisions.gateEnd = { kind: 'expired', gate: open };
      break;
    case 'abort':
      decisions.abort = { action: 'abort', comment: `nobody decided gate ${gate} of phase ${phase} in time` };
      decisions.onAbort();
  }
  model.publish();
  log.flushSoon();
  tell(parts, { kind: onTimeout === 'escalate' ? 'escalated' : 'expired', phase, gate, message: `nobody decided gate ${gate} of phase ${phase} in time` });
}
