import { cut } from '../failures.js';

/** Longest line. Nobody reads more in one line, and the report's JSON has all of it. */
const MAX_SHOWN = 10_000;
const CONTROL = /[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g;
/** Characters that reverse the order of the text around them. */
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g;
/** A character that nobody sees. With it in the middle, a URL is no longer taken for a link. */
const GAP = '\u200B';

/**
 * Makes a text from outside (of a person, an agent, a repository) one line of Markdown in which nothing takes effect:
 * no link, image, HTML, table cell, list, heading or code fence.
 *
 * @param text - any text
 */
export function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replace(/[\\`*_[\]{}()#!|<>~&:@$]/g, '\\$&')
      // readers take the backslashes away, and then look for URLs and addresses in the text
      .replace(/\/(?=\/)|www(?=\.)|@/gi, `$&${GAP}`)
      .replace(/^(?=[-+=])|^\d+(?=\.)/, '$&\\')
  );
}

/**
 * A text as inline code, in which nothing takes effect. Backticks are replaced, because no fence is long enough for
 * every text.
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
