/**
 * A text from outside (a person, an agent, a repository) as one line of Markdown in which nothing of it is live: no
 * link, image, HTML, table cell or code fence.
 *
 * @param text - any text
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\u0000-\u001F\u007F\u2028\u2029]+/g, ' ')
    .replace(/[\\`*_[\]{}()#!|<>~&:@$]/g, '\\$&')
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}\\.`);
}

/**
 * A text as inline code: nothing in it is live. Backticks are replaced, since no fence is long enough for every text.
 *
 * @param text - any text
 */
export function inlineCode(text: string): string {
  const clean = text.replace(/[\u0000-\u001F\u007F\u2028\u2029]+/g, ' ').replaceAll('`', "'").replaceAll('|', '¦');
  return clean.trim() === '' ? '` `' : `\`${clean}\``;
}
