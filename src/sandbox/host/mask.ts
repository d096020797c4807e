/** A shorter value is no secret, and masking it (`true`, `1`) would make the output unreadable. */
const SHORTEST_SECRET = 6;
const MASK = Buffer.from('***');

/** The forms in which a secret may appear in an output, as bytes. */
export function formsOf(secrets: readonly string[]): Buffer[] {
  const texts = secrets.flatMap((secret) => {
    const lines = secret.split(/\r?\n/);
    return [secret, ...(lines.length > 1 ? lines : [])]
      .map((text) => text.trim())
      .filter((text) => text.length >= SHORTEST_SECRET)
      .flatMap((text) => [text, encodeURIComponent(Buffer.from(text).toString()), JSON.stringify(text).slice(1, -1)]);
  });
  const base64 = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .map((secret) => Buffer.from(secret).toString('base64').replace(/=+$/, ''));
  return [...new Set([...texts, ...base64])].map((text) => Buffer.from(text));
}

/**
 * Bytes with each secret replaced.
 *
 * @param bytes - what was written, with as many bytes around the wanted part as the longest secret has
 * @param from - the wanted part's begin
 * @param to - its end
 */
export function masked(bytes: Buffer, forms: readonly Buffer[], from = 0, to = bytes.length): Buffer {
  const parts: Buffer[] = [];
  let at = from;
  for (const { begin, end } of found(bytes, forms)) {
    if (end <= at) continue;
    if (begin >= to) break;
    if (begin > at) parts.push(bytes.subarray(at, begin));
    parts.push(MASK);
    at = end;
  }
  if (at < to) parts.push(bytes.subarray(at, to));
  return Buffer.concat(parts);
}

interface Place {
  begin: number;
  end: number;
}

/** Where the secrets are, in order. Those that overlap are one place. */
function found(bytes: Buffer, forms: readonly Buffer[]): Place[] {
  const places: Place[] = [];
  for (const form of forms) {
    for (let begin = bytes.indexOf(form); begin !== -1; begin = bytes.indexOf(form, begin + 1))
      places.push({ begin, end: begin + form.length });
  }
  places.sort((a, b) => a.begin - b.begin);
  const merged: Place[] = [];
  for (const place of places) {
    const last = merged.at(-1);
    if (last && place.begin < last.end) last.end = Math.max(last.end, place.end);
    else merged.push({ ...place });
  }
  return merged;
}
