import { parseStrictJson, type JsonProblem } from './text/strict-json.js';
import type { JsonValue } from './text/json.js';

/** Largest artifact, unless the worker is configured otherwise. */
export const DEFAULT_MAX_ARTIFACT_BYTES = 1024 * 1024;
/** Deepest nesting of arrays and objects. */
export const MAX_ARTIFACT_DEPTH = 64;

/** Why a file that is there can't be read as JSON. The agent gets other words for each class. */
export type IntakeReason =
  'empty' | 'not_utf8' | 'not_json' | 'non_finite_number' | 'duplicate_key' | 'trailing_text' | 'too_deep';

/** What was corrected on the way in: a byte order mark, a Markdown fence around the whole file. */
export type Normalisation = 'bom' | 'markdown_fence';

export type Intake =
  /** `text` is the JSON that was read. It has digits that `value` can't hold. */
  | { ok: true; value: JsonValue; text: string; normalised: Normalisation[] }
  | { ok: false; reason: IntakeReason; message: string };

/**
 * Reads an artifact's bytes as strict JSON. Two things are corrected and named: a BOM, and one Markdown fence that
 * encloses the whole file. Everything else is refused, with its place (S11, S12).
 *
 * @param bytes - the file as it is on disk
 */
export function readArtifactJson(bytes: Uint8Array): Intake {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ok: false, reason: 'not_utf8', message: 'the file is not UTF-8 text' };
  }
  const normalised: Normalisation[] = [];
  if (text.startsWith('\uFEFF')) {
    text = text.slice(1);
    normalised.push('bom');
  }
  if (text.trim() === '') return { ok: false, reason: 'empty', message: 'the file is empty' };
  const inner = insideWholeFileFence(text);
  if (inner !== undefined) {
    text = inner;
    normalised.push('markdown_fence');
  }
  return parse(text, normalised);
}

function parse(text: string, normalised: Normalisation[]): Intake {
  const parsed = parseStrictJson(text, MAX_ARTIFACT_DEPTH);
  if ('value' in parsed) return { ok: true, value: parsed.value, text, normalised };
  return { ok: false, reason: parsed.problem, message: describe(parsed) };
}

function describe({ problem, line, column, what }: JsonProblem): string {
  const place = `line ${line}, column ${column}`;
  switch (problem) {
    case 'non_finite_number':
      return `${place}: ${what} is not a finite number`;
    case 'too_deep':
      return `${place}: arrays and objects are nested deeper than ${MAX_ARTIFACT_DEPTH} levels`;
    case 'duplicate_key':
      return `${place}: the key ${what} stands twice in one object`;
    case 'trailing_text':
      return `${place}: text after the end of the JSON value`;
    case 'not_json':
      return `${place}: ${what}`;
  }
}

/** The text between an opening and a closing fence line that enclose the whole text; undefined where they don't. */
function insideWholeFileFence(text: string): string | undefined {
  const trimmed = text.trim();
  const firstEnd = trimmed.indexOf('\n');
  const lastStart = trimmed.lastIndexOf('\n');
  const fence = /^(`{3,}|~{3,})(?:jsonc?|json5)?$/i.exec(trimmed.slice(0, Math.max(firstEnd, 0)).trimEnd())?.[1];
  if (fence === undefined || trimmed.slice(lastStart + 1).trim() !== fence) return undefined;
  return trimmed.slice(firstEnd + 1, Math.max(lastStart, firstEnd + 1));
}
