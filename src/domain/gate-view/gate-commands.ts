import type { JsonObject } from '../text/json.js';
import { isAmong, isSamePerson } from '../person.js';
import type { OpenGate, PhaseStatus, RunStatus } from '../run-status.js';
import { shellWord } from '../text/shell-word.js';

/** What can be decided at a gate just now, with the payload that makes it count. */
export interface OfferedDecision {
  action: 'approve' | 'requestChanges' | 'reject';
  payload: JsonObject;
  /** The gate must know who decides, and nobody is named: the command takes the user of the terminal. */
  byUser: boolean;
}

/** Stands where the text of a person belongs. */
const COMMENT_TO_WRITE = 'SAY WHAT IS TO CHANGE';

/**
 * The decisions that an open gate takes now. Each payload is as small as it can be: a person is named where the gate's
 * rules need one, the gate where several are open. An approval names the artifact, so that it never counts for a newer
 * one that nobody looked at.
 */
export function offeredDecisions(gate: OpenGate, status: RunStatus): OfferedDecision[] {
  const { openGates, startedBy, phases } = status;
  const phase = phases.find(({ key }) => key === gate.phase);
  return decisionsOf({
    ...gate,
    artifactSha256: gate.artifact?.sha256 ?? null,
    isReviewed: gate.review !== undefined,
    isOneOfMany: openGates.length > 1,
    mayRevise: phase !== undefined && mayRevise(gate, phase),
    startedBy,
    personas: phases.map(({ persona }) => persona),
  });
}

/** What must be known of a gate to decide at it. */
export interface GateToDecide extends Pick<
  OpenGate,
  'phase' | 'gate' | 'approvers' | 'required' | 'separateStarter' | 'approvedBy'
> {
  artifactSha256: string | null;
  /** Reviews of the pull request decide, and no message does. */
  isReviewed: boolean;
  /** Several gates are open. */
  isOneOfMany: boolean;
  mayRevise: boolean;
  startedBy: string | null | undefined;
  /** Of the whole run: agents do not decide. */
  personas: readonly string[];
}

/** The same as {@link offeredDecisions}, for a gate that is known from the record. */
export function decisionsOf(gate: GateToDecide): OfferedDecision[] {
  const { artifactSha256, approvers, required, separateStarter } = gate;
  // people decide there, by their reviews
  if (gate.isReviewed) return [];
  const place: JsonObject = gate.isOneOfMany ? { phase: gate.phase, gate: gate.gate } : {};
  const approving = approvers !== null || required > 1 || separateStarter;
  const named = (action: OfferedDecision['action'], needsBy: boolean, more: JsonObject): OfferedDecision => {
    const person = needsBy ? personFor(action, gate) : null;
    return {
      action,
      payload: { ...place, ...(person !== null && { by: person }), ...more },
      byUser: needsBy && !person,
    };
  };
  return [
    named('approve', approving, artifactSha256 === null ? {} : { artifactSha256 }),
    ...(gate.mayRevise ? [named('requestChanges', approvers !== null, { comment: COMMENT_TO_WRITE })] : []),
    named('reject', approvers !== null, {}),
  ];
}

/** The decision by Temporal's own command. The name comes first, because narrow windows cut the end of a line. */
export function temporalCommand(workflowId: string, { action, payload, byUser }: OfferedDecision): string {
  return signalCommand(workflowId, action, payload, byUser);
}

/** A signal by Temporal's own command. */
export function signalCommand(workflowId: string, name: string, payload: JsonObject = {}, byUser = false): string {
  const text = visible(JSON.stringify(byUser ? { by: USER, ...payload } : payload));
  // the JSON is in quotes, and only the user's name is outside of them
  const input = byUser ? shellWord(text).replace(USER, `'"$(whoami)"'`) : shellWord(text);
  return `temporal workflow signal --name ${name} --workflow-id ${shellWord(oneLine(workflowId))}${text === '{}' ? '' : ` --input ${input}`}`;
}

/** The same by the client. */
export function clientCommand(workflowId: string, { action, payload, byUser }: OfferedDecision): string {
  const name = action === 'requestChanges' ? 'request-changes' : action;
  const options = Object.entries(payload).map(
    ([field, value]) =>
      `--${OPTIONS[field] ?? field} ${shellWord(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  const by = byUser ? ['--by "$(whoami)"'] : [];
  return ['npm run client --', name, shellWord(oneLine(workflowId)), ...by, ...options].join(' ');
}

const USER = 'USER-OF-THE-TERMINAL';
const OPTIONS: Readonly<Record<string, string>> = { artifactSha256: 'artifact-sha256' };

/** Who may decide next, of those who are named. */
function personFor(
  action: string,
  { approvers, approvedBy, separateStarter, startedBy, personas }: GateToDecide,
): string | null {
  const may = (name: string): boolean =>
    !isAmong(name, personas) &&
    (action !== 'approve' || (!isAmong(name, approvedBy) && !(separateStarter && isSamePerson(name, startedBy ?? ''))));
  return approvers?.find(may) ?? null;
}

/** Whether the agent may be asked to work on: there is an artifact, and the phase has revisions left. */
export function mayRevise(
  { artifact }: Pick<OpenGate, 'artifact'>,
  { revisions, maxRevisions }: Pick<PhaseStatus, 'revisions' | 'maxRevisions'>,
): boolean {
  return artifact !== null && revisions < maxRevisions;
}

/** The same JSON, in which every character can be seen. */
function visible(json: string): string {
  return json.replace(/[\p{Cf}\u2028\u2029\u007F-\u009F]/gu, (one) =>
    [...Array(one.length).keys()].map((at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Nothing in a name may end a line or the block of code that the command is shown in, or hide in it. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029`]/gu, '?');
}
