/** Longer names than this are not compared: they are not typing mistakes. */
const MAX_LENGTH = 100;

/**
 * The known name that was most likely meant, or undefined when none is near. Upper and lower case and the kind of
 * separator don't count. One word of a compound counts nearly as much as the whole (`prompt` for `systemPrompt`).
 *
 * @param name - what was written
 * @param known - the names that exist; when two are equally near, the first wins
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH) continue;
    const distance = farness(name, candidate);
    if (distance !== undefined && distance < (best?.distance ?? Infinity)) best = { name: candidate, distance };
  }
  return best?.name;
}

/** `, did you mean "tests"?` for the end of an error; empty when no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : `, did you mean ${JSON.stringify(nearest)}?`;
}

/** A small number for names that are alike; undefined for names that differ too much for a typing mistake. */
function farness(written: string, candidate: string): number | undefined {
  const whole = editDistance(fold(written), fold(candidate));
  const words = wordsOf(candidate);
  const word =
    words.length < 2
      ? Infinity
      : Math.min(...words.map((part) => (part.length < 4 ? Infinity : editDistance(fold(written), part))));
  // a word of a compound is a weaker sign than the whole name
  const distance = Math.min(whole, word + 0.5);
  const allowed = Math.max(1, Math.floor(Math.min(written.length, candidate.length) / 3));
  return distance <= allowed + 0.5 && distance < fold(written).length ? distance : undefined;
}

function fold(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[-_\s]/g, '');
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[-_\s]+/);
}

/** How many edits (insert, delete, replace, swap of neighbours) turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (older[j - 2] ?? 0) + 1);
      row.push(least);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
