/**
 * A text that matches an ordinary regular expression: literals, classes, groups, alternatives, quantifiers. It ignores
 * what it doesn't know (look-around, back references, properties), so check the result.
 *
 * @param pattern - source of the expression, as in JSON Schema's `pattern`
 * @param minLength - repeat open-ended parts until the text has this length, where that is possible
 */
export function textMatching(pattern: string, minLength = 0): string {
  const shortest = new Reader(pattern, 0).alternatives();
  const missing = minLength - shortest.length;
  return missing > 0 ? new Reader(pattern, missing).alternatives() : shortest;
}

const ESCAPES: Readonly<Record<string, string>> = {
  d: '1',
  w: 'a',
  s: ' ',
  D: 'a',
  W: '-',
  S: 'a',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '',
  B: '',
};
const CANDIDATES = 'a1A-_ .é/:@#\n';

class Reader {
  readonly #source: string;
  #at = 0;
  /** Characters that the first open-ended quantifier may add. */
  #spare: number;

  constructor(source: string, spare: number) {
    this.#source = source;
    this.#spare = spare;
  }

  /** The first alternative. The others are read and ignored. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#source[this.#at] === '|') {
      this.#at++;
      const spare = this.#spare;
      this.#sequence();
      this.#spare = spare;
    }
    return first;
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? '')) text += this.#quantified();
    return text;
  }

  #quantified(): string {
    const atom = this.#atom();
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at));
    if (!found) return atom;
    this.#at += found[0].length;
    const [, sign, least, comma, most] = found;
    const min = sign ? (sign === '+' ? 1 : 0) : Number(least);
    const max = sign ? (sign === '?' ? 1 : Infinity) : most ? Number(most) : comma ? Infinity : min;
    const more = atom === '' ? 0 : Math.min(max - min, Math.ceil(this.#spare / atom.length));
    this.#spare -= more * atom.length;
    return atom.repeat(min + more);
  }

  #atom(): string {
    const char = this.#source[this.#at++] ?? '';
    if (char === '(') return this.#group();
    if (char === '[') return this.#characterClass();
    if (char === '\\') return this.#escape();
    if (char === '^' || char === '$') return '';
    return char === '.' ? 'a' : char;
  }

  #group(): string {
    const kind = /^\?(?::|<[A-Za-z]\w*>|[=!]|<[=!])/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += kind.length;
    const inside = this.alternatives();
    this.#at++; // the closing parenthesis
    return /[=!]$/.test(kind) ? '' : inside;
  }

  #escape(): string {
    const char = this.#source[this.#at++] ?? '';
    const code = /^(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/i.exec(this.#source.slice(this.#at - 1));
    if (code) {
      this.#at += code[0].length - 1;
      return String.fromCharCode(parseInt(code[1] ?? code[2] ?? '', 16));
    }
    return ESCAPES[char] ?? char;
  }

  #characterClass(): string {
    const start = this.#at - 1;
    while (this.#at < this.#source.length && this.#source[this.#at] !== ']')
      this.#at += this.#source[this.#at] === '\\' ? 2 : 1;
    const text = this.#source.slice(start, ++this.#at);
    const expression = new RegExp(text, 'u');
    const first = [...CANDIDATES, text[1] ?? ''].find((candidate) => expression.test(candidate));
    if (first !== undefined) return first;
    for (let code = 33; code < 0x3000; code++)
      if (expression.test(String.fromCharCode(code))) return String.fromCharCode(code);
    return '';
  }
}
