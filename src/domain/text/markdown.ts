import { cut } from '../failures.js';

/** Nobody reads more in one line; the report's JSON has all of it. */
const MAX_SHOWN = 10_000;
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g;
/** They turn the order of what stands around them. */
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g;
/** Seen by nobody; a link that is only spelled out is no longer one. */
const GAP = '\u200B';

/**
 * A text from outside (a person, an agent, a repository) as one line of Markdown in which nothing of it is live: no
 * link, image, HTML, table cell, list, heading or code fence.
 *
 * @param text - any text
 */
export function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replace(/[\\`*_[\]{}()#!|<>~&:@$]/g, '\\$&')
      // readers look for URLs and addresses in the text that is left when they have taken the backslashes away
      .replace(/\/(?=\/)|www(?=\.)|@/gi, `$&${GAP}`)
      .replace(/^(?=[-+=])|^\d+(?=\.)/, '$&\\')
  );
}

/**
 * A text as inline code: nothing in it is live. Backticks are replaced, since no fence is long enough for every text.
 *
 * @param text - any text
 */
export function inlineCode(text: string): string {
  const clean = oneLine(text).replaceAll('`', "'").replaceAll('|', '¦');
  return clean === '' ? '` `' : `\`${clean}\``;
}

function oneLine(text: string): string {
  return cut(text, MAX_SHOWN).replace(CONTROL, ' ').replace(DIRECTION, '').trim();
}
