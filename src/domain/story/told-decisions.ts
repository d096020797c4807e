import { BUDGET_GATE } from '../names.js';
import type { GateDecision, GateRequest, Moment } from './story-facts.js';

/** A decision as the report tells it. */
export interface ToldDecision extends Omit<GateDecision, 'requestId'> {
  phaseKey: string;
  gate: string;
  round: number;
  /** An approval that still counts. Other decisions had their effect when they came. */
  counts: boolean;
  /** Why an approval counts no more. */
  why: string | null;
}

/**
 * What people decided, in order, and which approvals count: not those of a round that is over, not those of a gate that
 * opened anew, and not those that a reset undid.
 *
 * @param phases - the keys of the plan, in order
 */
export function toldDecisions(
  decisions: readonly GateDecision[],
  requests: readonly GateRequest[],
  moments: readonly Moment[],
  phases: readonly string[],
): ToldDecision[] {
  const byId = new Map(requests.map((request) => [request.requestId, request]));
  const resets = moments.filter(({ type }) => type === 'run_reset');
  return decisions.flatMap(({ requestId, ...decision }) => {
    const request = byId.get(requestId);
    if (!request) return [];
    const { phaseKey, gate, round } = request;
    const why = decision.action === 'approve' ? whyNot(request, decision.at, requests, resets, phases) : null;
    return [{ ...decision, phaseKey, gate, round, counts: decision.action === 'approve' && why === null, why }];
  });
}

function whyNot(
  { phaseKey, gate, state, requestedAt }: GateRequest,
  at: string,
  requests: readonly GateRequest[],
  resets: readonly Moment[],
  phases: readonly string[],
): string | null {
  if (gate === BUDGET_GATE) return null;
  if (state === 'voided') return 'its round is over: the work was sent back';
  const index = phases.indexOf(phaseKey);
  const undone = resets.some(({ phaseKey: to, ts }) => ts > at && to !== null && phases.indexOf(to) <= index);
  if (undone) return 'the run was reset to before it';
  const again = requests.some(
    (other) => other.phaseKey === phaseKey && other.gate === gate && other.requestedAt > requestedAt,
  );
  if (again) return 'the gate opened anew after it';
  if (state === 'pending') return null;
  return state === 'approved' ? null : 'the gate was closed in another way';
}
