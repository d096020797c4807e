/** Control characters (but tab and line feed), and those that reverse the order of the text around them. */
const UNSEEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/**
 * Makes a text from outside the words of an HTML page, in an element or in a quoted attribute: nothing in it takes
 * effect. Lines stay lines.
 *
 * @param text - any text
 */
export function escapeHtml(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(UNSEEN, '')
    .replace(/[&<>"'`]/g, (mark) => ENTITIES[mark] ?? '');
}
