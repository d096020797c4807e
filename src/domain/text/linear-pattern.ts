import { RegExpParser, type AST } from '@eslint-community/regexpp';
import { RE2JS } from 're2js';
import { allBut, propertyRanges, rangesOf, textOfRanges, type CodeRange } from './code-ranges.js';

/** A pattern that is not a regular expression, or not one that can be matched in linear time. */
export class PatternProblem extends Error {
  override readonly name = 'PatternProblem';

  constructor(
    readonly pattern: string,
    reason: string,
  ) {
    super(`the pattern ${reason}`);
  }
}

/** A regular expression for which the time of every match is in proportion to the text. */
export interface LinearPattern {
  test(text: string): boolean;
}

/** RE2's own limit for a repetition, with the repetitions inside it. A part that repeats more often is written out. */
const MAX_REPEAT = 1_000;
/** Most parts of an expression after its repetitions are written out. */
const MAX_SIZE = 2_000;
/** Longest pattern. Parsing one takes time, too. */
const MAX_LENGTH = 20_000;

/**
 * Compiles a regular expression of JSON Schema (ECMA-262, with the flag `u`) for RE2, which never backtracks. It
 * matches the same as in JavaScript: it is parsed as JavaScript's, and every class of characters is written out.
 *
 * @param pattern - as a person wrote it
 * @throws PatternProblem for a text that is not a regular expression, for parts that RE2 can't express (look-ahead,
 *   look-behind, back-references), and for too many repetitions
 */
export function linearPattern(pattern: string): LinearPattern {
  const parsed = parse(pattern);
  try {
    const compiled = isPlain(parsed) ? new RegExp(pattern, 'u') : RE2JS.compile(translated(pattern, parsed));
    return { test: (text) => compiled.test(text) };
  } catch (error) {
    if (error instanceof PatternProblem) throw error;
    throw new PatternProblem(pattern, `can't be used: ${(error as Error).message.slice(0, 200)}`);
  }
}

function translated(pattern: string, { alternatives }: AST.Pattern): string {
  const { text, size } = new Translator(pattern).anyOf(alternatives);
  if (size > MAX_SIZE) throw tooLarge(pattern);
  return text;
}

function parse(pattern: string): AST.Pattern {
  if (pattern.length > MAX_LENGTH)
    throw new PatternProblem(pattern, `has ${pattern.length} characters, the limit is ${MAX_LENGTH}`);
  try {
    return new RegExpParser({ ecmaVersion: 2024 }).parsePattern(pattern, 0, pattern.length, { unicode: true });
  } catch (error) {
    const why = error instanceof RangeError ? 'it is nested too deep' : (error as Error).message.replace(/^.*: /s, '');
    throw new PatternProblem(pattern, `is not a regular expression: ${why}`);
  }
}

const SINGLE: ReadonlySet<string> = new Set<AST.Element['type']>(['Character', 'CharacterSet', 'CharacterClass']);

/** So many characters may stand behind a repetition that varies: each of its lengths is tried with all of them. */
const MAX_BEHIND = 1_000;

/**
 * Whether JavaScript's own engine takes linear time. It does for one sequence from the start of the text, in which at
 * most one repetition may vary, with not too much behind it. RE2 is slow at such expressions: `^.{1,5000}$` takes 7 s for 4,000 characters.
 */
function isPlain({ alternatives }: AST.Pattern): boolean {
  const [[first, ...rest] = [], ...others] = alternatives.map(({ elements }) => elements);
  if (others.length > 0 || first?.type !== 'Assertion' || first.kind !== 'start') return false;
  let varying = 0;
  let behind = 0;
  return rest.every((node) => {
    if (node.type === 'Assertion') return node.kind === 'end';
    const { min, max, element } = node.type === 'Quantifier' ? node : { min: 1, max: 1, element: node };
    if (varying > 0) behind += max;
    varying += Number(min !== max);
    return SINGLE.has(element.type) && varying <= 1 && behind <= MAX_BEHIND;
  });
}

function tooLarge(pattern: string): PatternProblem {
  return new PatternProblem(
    pattern,
    `repeats its parts more than ${MAX_SIZE} times in all: use maxLength or maxItems for such bounds`,
  );
}

/** A part in RE2's syntax. */
interface Translated {
  text: string;
  /** How many parts it has after repetitions are written out. */
  size: number;
  /** How often RE2 repeats its innermost part. */
  repeats: number;
}

class Translator {
  constructor(private readonly pattern: string) {}

  anyOf(alternatives: readonly AST.Alternative[]): Translated {
    return joined(
      alternatives.map(({ elements }) =>
        joined(
          elements.map((element) => this.element(element)),
          '',
        ),
      ),
      '|',
    );
  }

  private element(node: AST.Element): Translated {
    switch (node.type) {
      case 'Character':
        return part(textOfRanges([[node.value, node.value]]));
      case 'CharacterSet':
      case 'CharacterClass':
        return part(textOfRanges(this.rangesIn(node)));
      case 'Group':
      case 'CapturingGroup':
        return grouped(this.anyOf(node.alternatives));
      case 'Quantifier':
        return this.repeated(this.element(node.element), node);
      case 'Assertion':
        return part(this.assertion(node));
      case 'Backreference':
        throw this.inexpressible('a back-reference', node);
      default:
        throw this.inexpressible(`a ${node.type}`, node);
    }
  }

  private assertion(node: AST.Assertion): string {
    switch (node.kind) {
      case 'start':
        return '\\A';
      case 'end':
        return '\\z';
      case 'word':
        return node.negate ? '\\B' : '\\b';
      case 'lookahead':
      case 'lookbehind':
        throw this.inexpressible(node.kind === 'lookahead' ? 'a look-ahead' : 'a look-behind', node);
    }
  }

  private rangesIn(node: AST.CharacterSet | AST.CharacterClass | AST.CharacterClassElement): readonly CodeRange[] {
    switch (node.type) {
      case 'Character':
        return [[node.value, node.value]];
      case 'CharacterClassRange':
        return [[node.min.value, node.max.value]];
      case 'CharacterSet':
        return node.kind === 'property'
          ? propertyRanges(node.raw)
          : rangesOf(node.kind, 'negate' in node && node.negate);
      case 'CharacterClass': {
        const ranges = node.elements.flatMap((element) => this.rangesIn(element));
        return node.negate ? allBut(ranges) : ranges;
      }
      default:
        throw this.inexpressible(`a ${node.type}`, node);
    }
  }

  private repeated(one: Translated, { min, max }: AST.Quantifier): Translated {
    const most = Number.isFinite(max) ? max : min + 1;
    const size = one.size * Math.max(most, 1);
    if (size > MAX_SIZE) throw tooLarge(this.pattern);
    const unit = grouped(one).text;
    const repeats = one.repeats * Math.max(most, 1);
    if (repeats <= MAX_REPEAT) return { text: `${unit}{${min},${Number.isFinite(max) ? max : ''}}`, size, repeats };
    const rest = Number.isFinite(max) ? `${unit}?`.repeat(max - min) : `${unit}*`;
    return { text: unit.repeat(min) + rest, size, repeats: one.repeats };
  }

  private inexpressible(what: string, { raw, start }: AST.Node): PatternProblem {
    const shown = raw.length > 40 ? `${raw.slice(0, 40)}…` : raw;
    return new PatternProblem(
      this.pattern,
      `has ${what}, ${shown} at character ${start + 1}: patterns are matched in linear time, which knows none`,
    );
  }
}

function part(text: string): Translated {
  return { text, size: 1, repeats: 1 };
}

function joined(parts: readonly Translated[], by: '' | '|'): Translated {
  const size = parts.reduce((sum, one) => sum + one.size, 0);
  const text = parts.map((one) => one.text).join(by);
  return { text, size, repeats: Math.max(1, ...parts.map(({ repeats }) => repeats)) };
}

function grouped(one: Translated): Translated {
  return { ...one, text: `(?:${one.text})` };
}
