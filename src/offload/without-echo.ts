const ECHO = 40;

/**
 * Takes out of a text every run of 40 characters or more that a conversation has too.
 *
 * @param text - in one line, with single blanks
 */
export function withoutEcho(text: string, conversation: string): string {
  const said = conversation.replace(/[\s\p{Cc}]+/gu, ' ');
  let kept = '';
  for (let at = 0; at < text.length;) {
    const piece = text.slice(at, at + ECHO);
    if (piece.length < ECHO || !said.includes(piece)) {
      kept += text[at++];
      continue;
    }
    let end = at + ECHO;
    while (end < text.length && said.includes(text.slice(at, end + 1))) end++;
    kept += '[…]';
    at = end;
  }
  return kept;
}
