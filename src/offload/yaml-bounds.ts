import { CST, Lexer } from 'yaml';
import { MAX_PARTS } from './bounded-arguments.js';
import { MAX_DEPTH, TOO_DEEP } from './parsed-source.js';

/** A key or value has some four tokens. */
const MAX_TOKENS = 4 * MAX_PARTS;
/** The parser looks through the whole document for each of them. */
const MAX_ALIASES = 1_000;
const BLANK: ReadonlySet<unknown> = new Set(['space', 'newline', 'comment', 'comma']);
const OPENS: ReadonlySet<unknown> = new Set(['flow-map-start', 'flow-seq-start']);
const CLOSES: ReadonlySet<unknown> = new Set(['flow-map-end', 'flow-seq-end']);
/** `- - - a` in one line. */
const NESTS: ReadonlySet<unknown> = new Set(['seq-item-ind', 'explicit-key-ind']);

/**
 * Says why the parser of YAML would take too long for a text: too much nesting, too many aliases or values. It looks at
 * the tokens only.
 *
 * @returns undefined for a text that may be parsed
 */
export function yamlExcess(text: string): string | undefined {
  let [tokens, aliases, flow, inLine] = [0, 0, 0, 0];
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source);
    if (type === 'newline') inLine = 0;
    if (NESTS.has(type)) inLine += 1;
    if (OPENS.has(type)) flow += 1;
    if (CLOSES.has(type)) flow -= 1;
    if (type === 'alias') aliases += 1;
    if (!BLANK.has(type)) tokens += 1;
    if ((flow === 0 ? inLine : flow) > MAX_DEPTH) return TOO_DEEP;
    if (aliases > MAX_ALIASES) return `more than ${MAX_ALIASES} aliases`;
    if (tokens > MAX_TOKENS) return `more than ${MAX_PARTS} keys and values`;
  }
  return undefined;
}
