/** A shorter value is no secret, and masking it (`true`, `1`) would make the output unreadable. */
const SHORTEST_SECRET = 6;
const MASK = Buffer.from('***');

/** The forms in which a secret may appear in an output, as bytes. */
export function formsOf(secrets: readonly string[]): Buffer[] {
  const plain = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .map((text) => text.trim())
    .filter((text) => text.length >= SHORTEST_SECRET);
  const whole = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const texts = [...plain.flatMap(writtenForms), ...[...new Set([...plain, ...whole])].flatMap(encodedForms)];
  return [...new Set(texts)].map((text) => Buffer.from(text));
}

/** As it is, as a part of a URL, and in JSON. */
function writtenForms(text: string): string[] {
  const inUrl = encodeURIComponent(Buffer.from(text).toString());
  const lower = inUrl.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());
  return [text, inUrl, lower, JSON.stringify(text).slice(1, -1)];
}

/** In hexadecimal digits, and in base64 of both alphabets, wherever it begins in what was encoded (`user:secret`). */
function encodedForms(text: string): string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    // a digit that also depends on the bytes before or after is not part of it
    return padded.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6));
  });
  const ended = bytes.toString('base64').replace(/=+$/, '');
  const forUrl = [...base64, ended].map((digits) => digits.replaceAll('+', '-').replaceAll('/', '_'));
  return [hex, hex.toUpperCase(), ...base64, ended, ...forUrl];
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
    // a long form that repeats itself would be compared at each byte: a few bytes more are masked instead
    const step = Math.max(1, form.length >> 10);
    for (let begin = bytes.indexOf(form); begin !== -1; begin = bytes.indexOf(form, begin + step))
      places.push({ begin, end: Math.min(bytes.length, begin + form.length + step - 1) });
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
