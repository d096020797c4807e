/** A part of a line: words, or what the author set between backticks. */
export interface Span {
  code: boolean;
  text: string;
}

/**
 * The lines of a text, each as words and code. A line is at most 8,000 characters long, if the text came through an
 * `Allowance`.
 *
 * @param text - as an agent or a person wrote it
 */
export function linesOf(text: string): Span[][] {
  return text.split(/\r\n|[\n\r]/).map(spansOf);
}

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of line.matchAll(/(?<!`)`([^`]+)`(?!`)/g)) {
    if (match.index > from) spans.push({ code: false, text: line.slice(from, match.index) });
    spans.push({ code: true, text: match[1] ?? '' });
    from = match.index + match[0].length;
  }
  if (from < line.length) spans.push({ code: false, text: line.slice(from) });
  return spans;
}
