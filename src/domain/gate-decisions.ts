import { cut } from './failures.js';
import { isJsonObject } from './json.js';
import type { OpenGate } from './run-status.js';

/** What a person can decide (S15). */
export const DECISION_ACTIONS = ['approve', 'reject', 'abort'] as const;

export type DecisionAction = (typeof DECISION_ACTIONS)[number];

/** A decision as it came, already known to be well formed. */
export interface Decision {
  action: DecisionAction;
  phase?: string;
  gate?: string;
  /** Who the caller says they are: claimed, not proven. */
  by?: string;
  comment?: string;
  artifactSha256?: string;
}

export type IgnoreReason =
  | 'malformed'
  | 'no_open_gate'
  | 'already_decided'
  | 'other_phase'
  | 'other_gate'
  | 'ambiguous'
  | 'stale_artifact'
  | 'persona_may_not_decide'
  | 'unknown_signal'
  | 'run_ended';

/** A decision is applied to a gate (or, for an abort, to the run), or it is not, for a reason that people can read. */
export type Verdict =
  | { applied: true; gate: OpenGate | null }
  | { applied: false; reason: IgnoreReason; message: string };

/** What {@link judge} must know of the run. */
export interface GateSituation {
  openGates: readonly OpenGate[];
  /** Gates already decided, as `phase/gate`. */
  decided: ReadonlySet<string>;
  personas: ReadonlySet<string>;
  ended: boolean;
}

const FIELDS = ['phase', 'gate', 'by', 'comment', 'artifactSha256'] as const;
const MAX_FIELD = { phase: 64, gate: 64, by: 200, comment: 10_000, artifactSha256: 64 } as const;

/**
 * Reads the payload of a decision signal; never throws, whatever was sent.
 *
 * @param action - which signal it was
 * @param payload - nothing, or an object with the optional fields of {@link Decision}
 */
export function parseDecision(action: DecisionAction, payload: unknown): Decision | { malformed: string } {
  if (payload === undefined || payload === null) return { action };
  if (!isJsonObject(payload)) {
    return { malformed: `expected a JSON object such as {"by": "ann"}, found ${Array.isArray(payload) ? 'an array' : `a ${typeof payload}`}` };
  }
  const decision: Decision = { action };
  for (const [key, value] of Object.entries(payload)) {
    const field = FIELDS.find((known) => known === key);
    if (!field) return { malformed: `unknown field ${JSON.stringify(cut(key, 60))}; known: ${FIELDS.join(', ')}` };
    if (value === null) continue;
    if (typeof value !== 'string') return { malformed: `${field} must be a string` };
    if (value.length > MAX_FIELD[field]) return { malformed: `${field} is longer than ${MAX_FIELD[field]} characters` };
    decision[field] = value;
  }
  return decision;
}

/**
 * Decides whether a decision counts. It counts for one open gate only: the one it names, or the only one there is;
 * an abort that names nothing ends the run at any time, since stopping is always safe.
 *
 * @param decision - well formed
 * @param situation - the run as it stands now
 */
export function judge(decision: Decision, situation: GateSituation): Verdict {
  if (situation.ended) return no('run_ended', 'the run has ended');
  if (decision.by !== undefined && situation.personas.has(decision.by)) {
    return no('persona_may_not_decide', `${decision.by} is a persona of this run; only people decide`);
  }
  const namesNothing = decision.phase === undefined && decision.gate === undefined && decision.artifactSha256 === undefined;
  if (decision.action === 'abort' && namesNothing) return { applied: true, gate: null };
  const chosen = chooseGate(decision, situation);
  if ('reason' in chosen) return chosen;
  const { artifact, phase } = chosen.gate;
  if (decision.artifactSha256 !== undefined && decision.artifactSha256 !== artifact.sha256) {
    return no('stale_artifact', `the artifact of ${phase} is now ${artifact.sha256}, the decision was taken on another`);
  }
  return { applied: true, gate: chosen.gate };
}

function chooseGate(decision: Decision, { openGates, decided }: GateSituation): { gate: OpenGate } | Extract<Verdict, { applied: false }> {
  const { phase, gate } = decision;
  const matching = openGates.filter((open) => (phase ?? open.phase) === open.phase && (gate ?? open.gate) === open.gate);
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

function listed(gates: readonly OpenGate[]): string {
  return gates.map((open) => `${open.phase}/${open.gate}`).join(', ');
}

function no(reason: IgnoreReason, message: string): { applied: false; reason: IgnoreReason; message: string } {
  return { applied: false, reason, message };
}
