/** What a token of a JSON text is. */
export type JsonToken = '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'number' | 'word';

/** Why a text is not JSON, and the offset at which that shows. */
export interface JsonFault {
  kind: 'not_json' | 'non_finite_number' | 'trailing_text' | 'too_deep';
  offset: number;
  what: string;
}

/**
 * It is told of each token in turn. `isKey` is set for the strings that are names of members.
 *
 * @returns a fault of its own, which ends the walk
 */
export type VisitToken<F> = (token: JsonToken, start: number, end: number, isKey: boolean) => F | undefined;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const NOT_FINITE = /-?(?:NaN|Infinity)/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * Goes through a JSON text (RFC 8259), token by token, in linear time and without recursion. It is safe for any text of
 * any size.
 *
 * @param maxDepth - deepest nesting of arrays and objects
 * @returns the first fault, or undefined for a text that is JSON
 */
export function walkJson<F>(text: string, maxDepth: number, visit: VisitToken<F>): F | JsonFault | undefined {
  return new Walk(text, maxDepth, visit).run();
}

/** What may come next. Whether a closing bracket may come is asked separately. */
type Expected = 'value' | 'key' | 'colon' | 'comma';

class Walk<F> {
  private at = 0;
  private readonly open: ('{' | '[')[] = [];
  private expected: Expected = 'value';
  /** Whether the innermost array or object may end here. */
  private mayClose = false;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
    private readonly visit: VisitToken<F>,
  ) {}

  run(): F | JsonFault | undefined {
    do {
      const fault = this.step();
      if (fault !== undefined) return fault;
    } while (this.open.length > 0);
    this.skipSpace();
    return this.at < this.text.length ? { kind: 'trailing_text', offset: this.at, what: '' } : undefined;
  }

  private step(): F | JsonFault | undefined {
    this.skipSpace();
    const char = this.text[this.at];
    if (this.mayClose && (char === '}' || char === ']') && char === (this.open.at(-1) === '{' ? '}' : ']'))
      return this.close(char);
    switch (this.expected) {
      case 'value':
        return this.value(char);
      case 'key':
        return char === '"' ? this.string(true) : this.unexpected();
      case 'colon':
        return char === ':' ? this.take(':', 1, 'value') : this.unexpected();
      case 'comma':
        return char === ',' ? this.take(',', 1, this.open.at(-1) === '{' ? 'key' : 'value') : this.unexpected();
    }
  }

  private value(char: string | undefined): F | JsonFault | undefined {
    if (char === '{' || char === '[') {
      if (this.open.length >= this.maxDepth) return { kind: 'too_deep', offset: this.at, what: '' };
      this.open.push(char);
      const fault = this.take(char, 1, char === '{' ? 'key' : 'value');
      this.mayClose = true;
      return fault;
    }
    if (char === '"') return this.string(false);
    const nonFinite = char === 'N' || char === 'I' || char === '-' ? this.length(NOT_FINITE) : 0;
    if (nonFinite > 0)
      return { kind: 'non_finite_number', offset: this.at, what: this.text.slice(this.at, this.at + nonFinite) };
    const number = this.length(NUMBER);
    if (number > 0) return this.ended(this.take('number', number, 'comma'));
    const word = this.length(WORD);
    return word > 0 ? this.ended(this.take('word', word, 'comma')) : this.unexpected();
  }

  private string(isKey: boolean): F | JsonFault | undefined {
    let end = this.at + 1;
    for (let code = this.text.charCodeAt(end); code !== 0x22; code = this.text.charCodeAt(end)) {
      if (Number.isNaN(code))
        return { kind: 'not_json', offset: this.text.length, what: 'the text ends within a string' };
      if (code < 0x20)
        return { kind: 'not_json', offset: end, what: 'a control character must be escaped inside a string' };
      const escaped = code === 0x5c ? lengthAt(ESCAPE, this.text, end) : 1;
      if (escaped === 0)
        return { kind: 'not_json', offset: end, what: `${this.text.slice(end, end + 2)} is not an escape of JSON` };
      end += escaped;
    }
    const fault = this.take('string', end + 1 - this.at, isKey ? 'colon' : 'comma', isKey);
    return isKey ? fault : this.ended(fault);
  }

  private close(char: '}' | ']'): F | JsonFault | undefined {
    this.open.pop();
    return this.ended(this.take(char, 1, 'comma'));
  }

  private ended<T>(fault: T): T {
    this.mayClose = true;
    return fault;
  }

  private take(token: JsonToken, length: number, next: Expected, isKey = false): F | undefined {
    const start = this.at;
    this.at += length;
    this.expected = next;
    this.mayClose = false;
    return this.visit(token, start, this.at, isKey);
  }

  private unexpected(): JsonFault {
    const found = this.text[this.at];
    const what =
      found === undefined
        ? 'the text ends before the value does'
        : `unexpected ${JSON.stringify(this.text.slice(this.at, this.at + 1))}`;
    return { kind: 'not_json', offset: this.at, what };
  }

  private length(pattern: RegExp): number {
    return lengthAt(pattern, this.text, this.at);
  }

  private skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

/**
 * Deepest nesting of arrays and objects in a text that may be JSON, and how many keys and values it has (a few too many
 * for empty ones). It tells less than {@link walkJson}, and is ten times as fast.
 */
export function sizeOf(text: string): { depth: number; parts: number } {
  let [depth, deepest, parts, inString] = [0, 0, 1, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString && code === 0x5c) at += 1;
    else if (code === 0x22) inString = !inString;
    else if (inString) continue;
    else if (code === 0x2c || code === 0x3a) parts += 1;
    else if (code === 0x5b || code === 0x7b) {
      deepest = Math.max(deepest, ++depth);
      parts += 1;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return { depth: deepest, parts };
}
