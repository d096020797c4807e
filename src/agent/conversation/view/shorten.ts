import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ViewMark } from '../../../domain/record/view-mark.js';
import type { Measure } from './measure.js';
import { summaryRequest } from './summary-text.js';
import { placesOf, turnFrom, viewAt, viewOf, type PlacedMark } from './view.js';

/** From this share of the context on, old results and arguments are cut … */
const CUT_FROM = 0.6;
/** … until this share is left, so that the beginning of requests stays the same for long … */
const CUT_TO = 0.3;
/** … and only if it frees this share. A cut that frees less waits until there is need. */
const CUT_FREES = 0.25;
/** From this share on, the conversation is summed up. */
const SUM_UP_FROM = 0.8;
/** The newest turns stay as they are, as far as they take no more than this share. */
const TAIL = 0.2;
/** The most that a request for a summary takes. */
const SUMMARY_INPUT = 0.75;
/** A step that leaves more than this share of a request is not worth the lost cache. */
const WORTH_IT = 0.8;
/** Most summaries in a row that failed, or after which there was no reply. */
const MOST_SUMMARIES = 3;

/** What is to be summed up. */
export interface SummaryPlan {
  /** Id of the last message of it. */
  upTo: string;
  /** What is sent for it. */
  asked: BaseMessage[];
}

type Said = readonly BaseMessage[];
type Marks = readonly PlacedMark[];
type Summary = Extract<ViewMark, { kind: 'summary' }>;

/**
 * From where old results and arguments are to be cut; null when there is room enough, or too little would be gained. It
 * depends on messages, marks and figures alone (S21).
 */
export function cutMark(messages: Said, marks: Marks, measure: Measure): ViewMark | null {
  const { room } = measure;
  const now = measure.of(viewOf(messages, marks));
  if (room === null || now <= CUT_FROM * room) return null;
  const places = placesOf(messages, marks);
  const all = viewAt(messages, { summary: null, from: 0, cutBefore: messages.length });
  const cutSize = (n: number): number => measure.ofMessage(all[n] as BaseMessage);
  let size = measure.of(viewAt(messages, { ...places, cutBefore: messages.length }));
  let cutBefore = lastTurn(messages);
  for (let n = messages.length - 1; n >= Math.max(places.from, places.cutBefore); n--) {
    size += measure.ofMessage(messages[n] as BaseMessage) - cutSize(n);
    if (size > CUT_TO * room) break;
    if (turnFrom(messages, n) === n) cutBefore = Math.min(cutBefore, n);
  }
  const before = messages[cutBefore]?.id;
  if (before === undefined || cutBefore <= places.cutBefore) return null;
  const then = measure.of(viewAt(messages, { ...places, cutBefore }));
  const isWorthIt = now > SUM_UP_FROM * room ? then <= WORTH_IT * now : now - then >= CUT_FREES * room;
  return isWorthIt ? { kind: 'cut', before } : null;
}

/** Whether the request is so large that the conversation should be summed up. */
export function isNearlyFull(messages: Said, marks: Marks, measure: Measure): boolean {
  return measure.room !== null && measure.of(viewOf(messages, marks)) > SUM_UP_FROM * measure.room;
}

/**
 * What is to be summed up, and the request for it, which fits the context; null when there is nothing to sum up, when
 * even the shortest summary would not help, when one has failed since the last reply, or too many in a row did not help.
 */
export function summaryPlan(messages: Said, marks: Marks, measure: Measure, attempt: number): SummaryPlan | null {
  const { room } = measure;
  if (room === null || inARow(messages, marks, attempt) >= MOST_SUMMARIES) return null;
  const places = placesOf(messages, marks);
  let tail = lastTurn(messages);
  let size = 0;
  for (let n = messages.length - 1; n > places.from; n--) {
    size += measure.ofMessage(messages[n] as BaseMessage);
    if (size > TAIL * room) break;
    if (turnFrom(messages, n) === n) tail = Math.min(tail, n);
  }
  const upTo = messages[tail - 1]?.id;
  // the first message stays in any case
  if (upTo === undefined || tail <= Math.max(1, places.from)) return null;
  const shortest: Summary = { kind: 'summary', upTo, text: '', failed: null };
  if (hasJustFailed(messages, marks) || summaryFault(messages, marks, measure, shortest) !== null) return null;
  const covered = messages.slice(0, tail);
  for (const asked of inputs(covered, places)) if (measure.of(asked) <= SUMMARY_INPUT * room) return { upTo, asked };
  return null;
}

/** What could be sent for a summary, the best first: as the model has seen it, cut, and without the oldest turns. */
function* inputs(covered: Said, places: ReturnType<typeof placesOf>): Generator<BaseMessage[]> {
  const request = summaryRequest();
  yield [...viewAt(covered, places), request];
  const cut = viewAt(covered, { ...places, cutBefore: covered.length });
  yield [...cut, request];
  const kept = cut.length - (covered.length - places.from);
  for (let left = Math.floor((covered.length - places.from) / 2); left > 0; left = Math.floor(left / 2)) {
    const begin = turnFrom(cut, cut.length - left);
    yield [...cut.slice(0, Math.max(1, kept)), ...cut.slice(begin), request];
  }
}

/**
 * What is wrong with a summary: with one that makes the request not much smaller, the next would soon follow.
 *
 * @returns null when nothing is
 */
export function summaryFault(messages: Said, marks: Marks, measure: Measure, summary: Summary): string | null {
  const now = measure.of(viewOf(messages, marks));
  const then = measure.of(viewOf(messages, [...marks, { mark: summary, attempt: 0, at: messages.length }]));
  return then <= WORTH_IT * now ? null : `the next request would have ${Math.round((100 * then) / now)} % of its size`;
}

/** Whether the same summary would be asked for again: one has failed, and the model has said nothing since. */
function hasJustFailed(messages: Said, marks: Marks): boolean {
  const last = marks.findLast(({ mark }) => mark.kind === 'summary');
  const isFailed = last !== undefined && (last.mark as Summary).failed !== null;
  return isFailed && !messages.slice(last.at).some((message) => AIMessage.isInstance(message));
}

function inARow(messages: Said, marks: Marks, attempt: number): number {
  const summaries = marks.filter(({ mark }) => mark.kind === 'summary').reverse();
  const helped = summaries.findIndex(
    (placed) => placed.attempt !== attempt || ((placed.mark as Summary).failed === null && placed.at < messages.length),
  );
  return helped < 0 ? summaries.length : helped;
}

/** Where the newest turn begins: the last reply, or what was said after it. */
function lastTurn(messages: Said): number {
  const last = messages.findLastIndex((message) => AIMessage.isInstance(message));
  return last < 0 ? messages.length - 1 : last;
}
