import type { AIMessage } from '@langchain/core/messages';
import { problemLines, type AttemptProblem } from '../../domain/attempt-problem.js';
import { cut } from '../../domain/failures.js';
import type { AgentRequest } from '../agent-request.js';
import { callsOfAttempt, turnsOfAttempt, type AgentStateValues } from '../agent-state.js';
import type { Answered } from '../conversation/conversation.js';
import { slipOfAnswer } from './answer-slip.js';
import { changedAnswer } from './changed-answer.js';
import { endOfTurns, MOST_SAME_CALLS, repeatedCalls, sameCalls, TOLD_REPEATS } from './count-turns.js';
import { digestOf, turnOfCalls, type Turn } from './turn.js';
import { withoutUntaken } from './untaken-artifact.js';
import { withRightPath } from './wrong-path.js';

/** The answers of one reply as they are kept, and the turn that they make. */
export interface Settled {
  answered: Answered[];
  turn: Turn;
}

/**
 * Says in the answers of a reply what is wrong with its calls together: files at wrong places, an artifact that is not
 * valid, an artifact beside a call that failed, a call that comes again and again. An artifact that is not valid is
 * not taken, and the model may mend it in the same attempt; after the limits of `endOfTurns` it is taken as it is, and
 * judged (S12).
 *
 * @param ran - the answers to all calls of the reply, in their order
 */
export async function settleAnswers(
  reply: AIMessage,
  ran: readonly Answered[],
  state: AgentStateValues,
  request: AgentRequest,
): Promise<Settled> {
  const { path, judge } = request.artifact;
  const hinted = ran.map((one) => withRightPath(one, path));
  const problem = hinted.some(({ wrote }) => wrote.includes(path)) ? ((await judge?.()) ?? null) : null;
  if (problem === null) return settled(reply, withoutUntaken(hinted, path), state);
  const refused = settled(reply, withoutUntaken(withErrors(hinted, path, problem), path), state);
  // another look would take as long again
  const isLast =
    problem.reason === 'takes_too_long' ||
    endsWith(refused.turn, state, request) ||
    isSameArtifact(reply, refused, state);
  return isLast ? { answered: hinted, turn: turnOf(reply, hinted, state) } : refused;
}

function settled(reply: AIMessage, answered: readonly Answered[], state: AgentStateValues): Settled {
  const turn = turnOf(reply, answered, state);
  const turns = [...turnsOfAttempt(state), turn];
  const [refused, repeated] = [sameCalls(turns), repeatedCalls(turns)];
  const told = answered.map((one, n) => {
    const call = reply.tool_calls?.[n];
    if (call === undefined) return one;
    const digest = digestOf(reply, call, n);
    if (refused.get(digest) === MOST_SAME_CALLS && one.audit.outcome === 'refused')
      return changedAnswer(one, { add: SAME_AGAIN });
    const times = repeated.get(digest) ?? 0;
    return times > 0 && times % TOLD_REPEATS === 0 ? changedAnswer(one, { add: repeatedWords(times) }) : one;
  });
  return { answered: told, turn };
}

const SAME_AGAIN = `This call has now been refused ${MOST_SAME_CALLS} times in the same way, and will be again. Do something else: if it comes once more, the phase ends.`;

function repeatedWords(times: number): string {
  return `You have made this call ${times} times, and nothing new between. Do something else: the number of calls is limited.`;
}

function turnOf(reply: AIMessage, answered: readonly Answered[], { attempt }: AgentStateValues): Turn {
  return turnOfCalls(
    reply,
    attempt,
    answered.map(({ answer }) => answer),
  );
}

/** The errors are in the answer of the call that wrote the artifact last. */
function withErrors(answered: readonly Answered[], path: string, problem: AttemptProblem): Answered[] {
  const last = answered.findLastIndex(({ wrote }) => wrote.includes(path));
  return answered.map((one, n) => {
    if (!one.wrote.includes(path)) return one;
    const wrote = one.wrote.filter((written) => written !== path);
    if (n !== last) return { ...one, wrote };
    const add = ['It is not taken as the artifact:', ...problemLines(problem), MEND].join('\n');
    const changed = changedAnswer(one, { add, slip: 'invalid_artifact', isRefused: true });
    return { ...changed, audit: { ...changed.audit, message: cut(problem.message, 500) }, wrote };
  });
}

const MEND = 'Correct it: edit the file, or write it anew.';

/** Whether the model could not mend the artifact any more. */
function endsWith(turn: Turn, state: AgentStateValues, { maxModelCalls }: AgentRequest): boolean {
  return endOfTurns([...turnsOfAttempt(state), turn]) !== null || callsOfAttempt(state).length >= maxModelCalls;
}

function isSameArtifact(reply: AIMessage, { answered, turn }: Settled, state: AgentStateValues): boolean {
  const counts = sameCalls([...turnsOfAttempt(state), turn]);
  return (reply.tool_calls ?? []).some((call, n) => {
    const answer = answered[n]?.answer;
    const isInvalid = answer !== undefined && slipOfAnswer(answer) === 'invalid_artifact';
    return isInvalid && (counts.get(digestOf(reply, call, n)) ?? 0) >= MOST_SAME_CALLS;
  });
}
