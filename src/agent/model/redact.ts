import { cut } from '../../domain/failures.js';
import { maskCredentials, maskValues } from '../../domain/text/secrets.js';

/** What must not be repeated in a message for people. */
export interface Unspeakable {
  apiKey?: string;
  /** The conversation that was sent. */
  conversation?: string;
}

const KEY_SHAPED = /\b(?:sk|pk|rk|key|ghp|gho|xox[abp]|AIza|AKIA)[-_A-Za-z0-9*]{8,}/gi;
const ECHO = 40;

/**
 * A provider's own words, fit for a message: keys masked, pieces of the conversation taken out, one line, cut.
 *
 * @param words - from outside
 * @param length - in UTF-16 units
 */
export function redact(words: string, unspeakable: Unspeakable, length = 300): string {
  const { apiKey, conversation } = unspeakable;
  let text = maskCredentials(maskValues(words, [apiKey]));
  text = text
    .replace(KEY_SHAPED, '***')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  // cut before the search for echoes, which costs words × conversation
  text = cut(text, length);
  return conversation === undefined ? text : withoutEcho(text, conversation.replace(/[\s\p{Cc}]+/gu, ' '));
}

/** Takes out every run of 40 characters or more that the conversation has too. */
function withoutEcho(text: string, conversation: string): string {
  let kept = '';
  for (let at = 0; at < text.length;) {
    const piece = text.slice(at, at + ECHO);
    if (piece.length < ECHO || !conversation.includes(piece)) {
      kept += text[at++];
      continue;
    }
    let end = at + ECHO;
    while (end < text.length && conversation.includes(text.slice(at, end + 1))) end++;
    kept += '[…]';
    at = end;
  }
  return kept;
}
