/** Longer parts of a line are not compared. */
const MOST_LINE = 2_000;
/** Places of one line that are looked at. */
const MOST_PLACES = 500;
const MOST_SHOWN = 160;
/** Lines that are less alike than this have nothing in common. */
const LEAST_LIKENESS = 0.4;

/**
 * Says where a text has something like a part that it does not have, and what differs, for a model that wants to
 * replace that part.
 *
 * @param text - with LF
 * @param part - with LF; not in the text
 */
export function nearestPlace(text: string, part: string): string {
  const numbers = /^ *\d+\t/gm;
  const plain = part.replace(numbers, '');
  if (plain !== part && plain !== '' && text.includes(plain))
    return 'It has the line numbers that read_file shows: leave them out.';
  const lines = text.split('\n');
  const wanted = part.split('\n');
  const start = bestStart(lines, wanted);
  if (start === null) return 'Nothing in the file is much like it; read the file again.';
  const differs = wanted.findIndex((line, n) => !isThere(line, lines[start + n], n, wanted.length));
  const n = Math.max(0, differs);
  const [has, asked] = [lines[start + n], wanted[n] ?? ''];
  const last = Math.min(lines.length, start + wanted.length);
  const where = wanted.length === 1 ? `line ${start + 1}` : `lines ${start + 1} to ${last}`;
  const file = has === undefined ? 'the file ends there' : `the file has ${around(has, asked)}`;
  return `The nearest place is ${where}; what differs${how(has ?? '', asked)} is line ${start + n + 1}: ${file}, oldText has ${around(asked, has ?? '')}.`;
}

/** The first and the last line of a part may be pieces of lines. */
function isThere(line: string, has: string | undefined, n: number, count: number): boolean {
  if (has === undefined) return false;
  if (n === 0 && n === count - 1) return has.includes(line);
  if (n === 0) return has.endsWith(line);
  return n === count - 1 ? has.startsWith(line) : has === line;
}

function how(has: string, asked: string): string {
  if (squeezed(has) === squeezed(asked)) return ' (only in white space)';
  if (squeezed(has).toLowerCase() === squeezed(asked).toLowerCase()) return ' (only in upper and lower case)';
  return '';
}

/** The part of a line around the first character that another one does not have. */
function around(line: string, other: string): string {
  let at = 0;
  while (at < line.length && line[at] === other[at]) at++;
  const from = Math.max(0, Math.min(at - 40, line.length - MOST_SHOWN));
  const shown = JSON.stringify(line.slice(from, from + MOST_SHOWN));
  return `${from > 0 ? '…' : ''}${shown}${from + MOST_SHOWN < line.length ? '…' : ''}`;
}

/** Lines that are the same but for white space vote for a place; when there are none, the most alike line decides. */
function bestStart(lines: readonly string[], wanted: readonly string[]): number | null {
  const places = new Map<string, number[]>(wanted.map((line) => [squeezed(line), []]));
  for (const [n, line] of lines.entries()) {
    const known = places.get(squeezed(line));
    if (known && known.length < MOST_PLACES) known.push(n);
  }
  const votes = new Map<number, number>();
  for (const [n, line] of wanted.entries()) {
    const plain = squeezed(line);
    if (plain === '') continue;
    const found = places.get(plain) ?? [];
    const weight = Math.min(plain.length, 40) / (1 + found.length);
    for (const place of found) votes.set(place - n, (votes.get(place - n) ?? 0) + weight);
  }
  let best: { start: number; votes: number } | null = null;
  for (const [start, count] of votes) {
    if (start >= 0 && (best === null || count > best.votes || (count === best.votes && start < best.start)))
      best = { start, votes: count };
  }
  return best?.start ?? mostAlike(lines, wanted);
}

function mostAlike(lines: readonly string[], wanted: readonly string[]): number | null {
  const longest = wanted.reduce((best, line, n) => (line.length > (wanted[best]?.length ?? 0) ? n : best), 0);
  const parts = pieces(squeezed(wanted[longest] ?? '').toLowerCase());
  if (parts.size === 0) return null;
  let best = { line: -1, likeness: LEAST_LIKENESS };
  for (const [n, line] of lines.entries()) {
    const others = pieces(squeezed(line).toLowerCase());
    let common = 0;
    for (const piece of others) common += Number(parts.has(piece));
    const likeness = (2 * common) / (parts.size + others.size);
    if (likeness > best.likeness) best = { line: n, likeness };
  }
  return best.line < 0 ? null : Math.max(0, best.line - longest);
}

/** All runs of three characters. */
function pieces(line: string): Set<string> {
  const found = new Set<string>();
  for (let at = 0; at + 3 <= line.length; at++) found.add(line.slice(at, at + 3));
  return found;
}

function squeezed(line: string): string {
  return line.slice(0, MOST_LINE).trim().replace(/\s+/g, ' ');
}
