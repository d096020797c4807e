import { cut } from './failures.js';
import { limitFault } from './money/budget.js';
import { readMessage, type Malformed } from './message-payload.js';
import type { JsonObject } from './text/json.js';
import { BUDGET_GATE } from './names.js';
import { isAmong, isSamePerson, namesSomebody } from './person.js';
import { targetFault, type TargetPhase } from './rounds/send-back-target.js';
import type { OpenGate } from './run-status.js';

/** What a person can decide (S15). */
export const DECISION_ACTIONS = ['approve', 'reject', 'requestChanges', 'abort'] as const;

export type DecisionAction = (typeof DECISION_ACTIONS)[number];

/** A decision as it came. It is known to be well formed. */
export interface Decision {
  action: DecisionAction;
  phase?: string;
  gate?: string;
  /** Who the caller says they are. That is claimed, not proven. */
  by?: string;
  comment?: string;
  artifactSha256?: string;
  /** For a request for changes: the earlier phase that runs again, with all after it. Default: the phase of the gate. */
  to?: string;
  /** For an approval at the gate `budget`: the new limits of the run. */
  budgetUsd?: number;
  budgetTokens?: number;
}

/** Why a signal or an update is not applied. docs/gates.md explains each reason. */
export const IGNORE_REASONS = [
  'malformed',
  'no_open_gate',
  'already_decided',
  'other_phase',
  'other_gate',
  'ambiguous',
  'stale_artifact',
  'edited_artifact_invalid',
  'edited_too_late',
  'too_many_looks',
  'too_many_waiting',
  'persona_may_not_decide',
  'by_needed',
  'pull_request_decides',
  'may_not_write',
  'not_an_approver',
  'starter_may_not_approve',
  'approved_by_same',
  'comment_needed',
  'nothing_to_change',
  'too_many_revisions',
  'not_an_earlier_phase',
  'nothing_to_resume',
  'already_paused',
  'nothing_parked',
  'may_not_skip',
  'unknown_signal',
  'run_ended',
] as const;

export type IgnoreReason = (typeof IGNORE_REASONS)[number];

/** A decision that doesn't count, for a reason that people can read. */
export interface Refusal {
  applied: false;
  reason: IgnoreReason;
  message: string;
}

/** A decision is applied to a gate (or, for an abort, to the run), or it is not. */
export type Verdict =
  | Refusal
  | {
      applied: true;
      gate: OpenGate | null;
      /** The file may have been edited: look before it counts. */ edited: boolean;
    };

/** What {@link judge} must know of the run. */
export interface GateSituation {
  openGates: readonly OpenGate[];
  /** Gates that are decided already, as `phase/gate`. */
  decided: ReadonlySet<string>;
  /** Digests of artifacts that were replaced by newer ones. */
  oldDigests: ReadonlySet<string>;
  personas: ReadonlySet<string>;
  startedBy: string | null;
  /** The phases of the plan, in order. */
  phases: readonly TargetPhase[];
  /** How many more revisions the phase that waits may have. */
  revisionsLeft: number;
  ended: boolean;
  /** Whether a review of the pull request is judged: the forge proves who it was. */
  isReview?: boolean;
}

const FIELDS = ['phase', 'gate', 'by', 'comment', 'artifactSha256', 'to'] as const;
const NUMBERS = ['budgetUsd', 'budgetTokens'] as const;
const MAX_FIELD = { phase: 64, gate: 64, by: 200, comment: 10_000, artifactSha256: 64, to: 64 } as const;

/**
 * Reads the payload of a decision. It never throws, whatever was sent.
 *
 * @param action - which decision it is
 * @param payload - nothing, or an object with the optional fields of {@link Decision}
 */
export function parseDecision(action: DecisionAction, payload: unknown): Decision | Malformed {
  if (payload === undefined || payload === null) return { action };
  const read = readMessage(payload, '{"by": "ann"}');
  return 'malformed' in read ? read : readDecision(action, read.fields);
}

/**
 * Reads the argument of the update `decide`: a decision with its action in it.
 *
 * @param payload - anything
 */
export function parseDecide(payload: unknown): Decision | Malformed {
  const read = readMessage(payload, '{"action": "approve", "by": "ann"}');
  if ('malformed' in read) return read;
  const { action, ...fields } = read.fields;
  const known = DECISION_ACTIONS.find((each) => each === action);
  if (!known) return { malformed: `action must be one of ${DECISION_ACTIONS.join(', ')}` };
  return readDecision(known, fields);
}

function readDecision(action: DecisionAction, fields: JsonObject): Decision | Malformed {
  const decision: Decision = { action };
  for (const [key, value] of Object.entries(fields)) {
    const number = NUMBERS.find((known) => known === key);
    const field = FIELDS.find((known) => known === key);
    if (!field && !number)
      return { malformed: `unknown field ${JSON.stringify(cut(key, 60))}; known: ${FIELDS.join(', ')}` };
    if (value === null) continue;
    if (number) {
      const fault = limitFault(number, value);
      if (fault) return { malformed: fault };
      decision[number] = value as number;
      continue;
    }
    if (!field) continue;
    if (typeof value !== 'string') return { malformed: `${field} must be a string` };
    if (value.length > MAX_FIELD[field]) return { malformed: `${field} is longer than ${MAX_FIELD[field]} characters` };
    decision[field] = value;
  }
  if (decision.to !== undefined && action !== 'requestChanges')
    return { malformed: 'to belongs to requestChanges: it names the phase that runs again' };
  return decision;
}

/**
 * Decides whether a decision counts. It counts for one open gate only: the one it names, or the only one there is. An
 * abort that names nothing ends the run at any time, because it is always safe to stop.
 *
 * @param decision - well formed
 * @param situation - the run as it stands now
 */
export function judge(decision: Decision, situation: GateSituation): Verdict {
  if (situation.ended) return RUN_ENDED;
  if (decision.by !== undefined && isAmong(decision.by, situation.personas)) {
    return no('persona_may_not_decide', `${decision.by} is a persona of this run; only people decide`);
  }
  const namesNothing =
    decision.phase === undefined && decision.gate === undefined && decision.artifactSha256 === undefined;
  if (decision.action === 'abort' && namesNothing) return { applied: true, gate: null, edited: false };
  const chosen = chooseGate(decision, situation);
  if ('reason' in chosen) return chosen;
  return (
    newLimits(decision, chosen.gate) ??
    byReviewOnly(decision, chosen.gate, situation) ??
    mayDecide(decision, chosen.gate, situation) ??
    checkArtifact(decision, chosen.gate, situation)
  );
}

function chooseGate(decision: Decision, { openGates, decided }: GateSituation): { gate: OpenGate } | Refusal {
  const { phase, gate } = decision;
  const matching = openGates.filter(
    (open) => (phase ?? open.phase) === open.phase && (gate ?? open.gate) === open.gate,
  );
  if (matching.length > 1) {
    return no('ambiguous', `several gates are open (${listed(openGates)}): name one with {"gate": "…"}`);
  }
  const [only] = matching;
  if (only) return { gate: only };
  if (phase !== undefined && gate !== undefined && decided.has(`${phase}/${gate}`)) {
    return no('already_decided', `gate ${gate} of ${phase} was decided before`);
  }
  if (openGates.length === 0) return no('no_open_gate', 'no gate is open now: too early, or too late');
  if (phase !== undefined && !openGates.some((open) => open.phase === phase)) {
    return no('other_phase', `phase ${cut(phase, 64)} is not waiting; open: ${listed(openGates)}`);
  }
  return no('other_gate', `gate ${cut(gate ?? '', 64)} is not open; open: ${listed(openGates)}`);
}

/** New limits belong to an approval at the gate that asks for them. */
function newLimits({ action, budgetUsd, budgetTokens }: Decision, { gate }: OpenGate): Refusal | undefined {
  if ((budgetUsd === undefined && budgetTokens === undefined) || (action === 'approve' && gate === BUDGET_GATE))
    return undefined;
  return no('malformed', `budgetUsd and budgetTokens belong to an approval at the gate ${BUDGET_GATE}`);
}

/** Where the pull request decides, nobody decides by a message. To stop the run is always safe. */
function byReviewOnly(
  { action }: Decision,
  { gate, review }: OpenGate,
  { isReview = false }: GateSituation,
): Refusal | undefined {
  if (review === undefined || isReview || action === 'abort') return undefined;
  const where =
    review === 'not yet open' ? 'the pull request, which is not open yet' : `the pull request ${review.url}`;
  return no('pull_request_decides', `gate ${gate} is decided by reviews of ${cut(where, 300)}`);
}

function mayDecide(
  decision: Decision,
  gate: OpenGate,
  { startedBy, revisionsLeft, phases }: GateSituation,
): Refusal | undefined {
  const { action, comment } = decision;
  const by = namesSomebody(decision.by) ? decision.by : undefined;
  const approves = action === 'approve';
  if (by === undefined && (gate.approvers !== null || (approves && (gate.required > 1 || gate.separateStarter)))) {
    return no('by_needed', `gate ${gate.gate} must know who decides: give {"by": "…"}`);
  }
  if (by !== undefined && gate.approvers !== null && !isAmong(by, gate.approvers)) {
    return no(
      'not_an_approver',
      `${cut(by, 100)} is not among the approvers of gate ${gate.gate}: ${cut(gate.approvers.join(', '), 300)}`,
    );
  }
  if (approves && by !== undefined && gate.separateStarter && isSamePerson(by, startedBy ?? '')) {
    return no('starter_may_not_approve', `${cut(by, 100)} started the run; gate ${gate.gate} needs somebody else`);
  }
  if (approves && by !== undefined && isAmong(by, gate.approvedBy)) {
    return no(
      'approved_by_same',
      `${cut(by, 100)} has approved gate ${gate.gate} already; it needs ${gate.required} different people`,
    );
  }
  if (action !== 'requestChanges') return undefined;
  if (gate.artifact === null)
    return no('nothing_to_change', `gate ${gate.gate} is about no artifact: approve, reject or abort`);
  if ((comment ?? '').trim() === '') return no('comment_needed', 'say in {"comment": "…"} what is to change');
  if (revisionsLeft <= 0)
    return no('too_many_revisions', `phase ${gate.phase} has had all its revisions: approve, reject or abort`);
  const fault = decision.to === undefined ? null : targetFault(decision.to, gate.phase, phases);
  return fault === null ? undefined : no('not_an_earlier_phase', fault);
}

function checkArtifact({ action, artifactSha256 }: Decision, gate: OpenGate, situation: GateSituation): Verdict {
  if (artifactSha256 === undefined || artifactSha256 === gate.artifact?.sha256)
    return { applied: true, gate, edited: false };
  // only a person can have made an artifact of a digest that the run has not seen: look whether the file has it
  const mayBeEdited =
    gate.artifact !== null &&
    action === 'approve' &&
    /^[0-9a-f]{64}$/.test(artifactSha256) &&
    !situation.oldDigests.has(artifactSha256);
  if (!mayBeEdited) return stale(gate);
  return isApproved(gate.phase, situation) ? EDITED_TOO_LATE : { applied: true, gate, edited: true };
}

/** Whether an approval of the artifact that waits counts already, at this gate or at another one of the phase. */
function isApproved(phase: string, { openGates, decided }: GateSituation): boolean {
  return (
    openGates.some((open) => open.phase === phase && open.approvedBy.length > 0) ||
    [...decided].some((name) => name.startsWith(`${phase}/`) && name !== `${phase}/${BUDGET_GATE}`)
  );
}

/** The refusal of a decision on an artifact that is not the current one. */
export function stale({ phase, artifact }: OpenGate): Refusal {
  return no(
    'stale_artifact',
    artifact
      ? `the artifact of ${phase} is now ${artifact.sha256}, the decision was taken on another`
      : 'this gate is about no artifact',
  );
}

function listed(gates: readonly OpenGate[]): string {
  return gates.map((open) => `${open.phase}/${open.gate}`).join(', ');
}

/** All approvals that count for one artifact are of the same bytes. */
const EDITED_TOO_LATE = no(
  'edited_too_late',
  'somebody has approved the artifact as it was: edit before the first approval, or request changes',
);

/** The refusal of a decision that comes too late. */
export const RUN_ENDED: Refusal = no('run_ended', 'the run has ended');

function no(reason: IgnoreReason, message: string): Refusal {
  return { applied: false, reason, message };
}
