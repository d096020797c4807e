import { cut } from '../../domain/failures.js';
import { maskCredentials, maskValues } from '../../domain/text/secrets.js';
import { offload, TookTooLong } from '../../offload/offload.js';
import { withoutEcho } from '../../offload/without-echo.js';

/** The texts that must not be repeated in a message for people. */
export interface Unspeakable {
  /** The key, and other values that only the worker may know. */
  secrets?: readonly string[];
  /** The conversation that was sent. */
  conversation?: string;
}

const KEY_SHAPED = /\b(?:sk|pk|rk|key|ghp|gho|xox[abp]|AIza|AKIA)[-_A-Za-z0-9*]{8,}/gi;
/** A longer conversation is searched in the second thread. */
const SHORT_CONVERSATION = 16 * 1024;

/**
 * A provider's own words in a form that is fit for a message: keys masked, pieces of the conversation taken out, one
 * line, cut.
 *
 * @param words - the provider's
 * @param length - in UTF-16 units
 */
export async function redact(words: string, unspeakable: Unspeakable, length = 300): Promise<string> {
  const { secrets = [], conversation } = unspeakable;
  let text = maskCredentials(maskValues(words, secrets));
  text = text
    .replace(KEY_SHAPED, '***')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  // cut before the search for repeated text, whose cost is words × conversation
  text = cut(text, length);
  if (conversation === undefined || text === '') return text;
  if (conversation.length <= SHORT_CONVERSATION) return withoutEcho(text, conversation);
  try {
    return await offload('withoutEcho', text, conversation);
  } catch (error) {
    if (error instanceof TookTooLong) return '';
    throw error;
  }
}
