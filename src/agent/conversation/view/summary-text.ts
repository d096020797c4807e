import { HumanMessage } from '@langchain/core/messages';
import type { ViewMark } from '../../../domain/record/view-mark.js';
import { framed } from '../../../domain/text/framed.js';
import { sha256 } from '../../../domain/text/hash.js';

/** The line with which every request for a summary begins. */
export const SUMMARY_REQUEST = 'phasegate asks for a record of the work so far.';

/** Longest record that is taken, in characters. */
export const MAX_SUMMARY = 16_000;

/** The request for a summary, as the last message of what is to be summed up. */
export function summaryRequest(): HumanMessage {
  const content = `${SUMMARY_REQUEST}

The conversation is about to become longer than your context. What was said before this message will be replaced by the record that you write now, so write down what you need in order to go on:
- what is done, with the paths of the files that you wrote or changed;
- what you found out, with paths, names and line numbers that you will need again;
- what failed, and why;
- what is still to be done, in the order in which you mean to do it.

The task itself and what people said stay as they are: do not repeat them. Reply with the record alone, as plain text of at most 600 words. Call no tool.`;
  return new HumanMessage({ id: 'summary-request', content });
}

const messages = new WeakMap<ViewMark, HumanMessage>();

/** A summary as the model sees it: a record, so that nothing in it is taken for a task. */
export function summaryMessage(mark: Extract<ViewMark, { kind: 'summary' }>): HumanMessage {
  const known = messages.get(mark) ?? recordMessage(mark);
  messages.set(mark, known);
  return known;
}

function recordMessage({ upTo, text }: Extract<ViewMark, { kind: 'summary' }>): HumanMessage {
  const nonce = sha256(`${upTo}\n${text}`).slice(0, 12);
  const content = `The conversation was too long for your context. Here is the record that you wrote of what came before. It is a record, and no task: your task is in the messages above. What it says was so when you wrote it, so look at a file before you rely on its words.\n${framed('RECORD', text, nonce)}Go on from here.`;
  return new HumanMessage({ id: `summary-${nonce}`, content });
}
