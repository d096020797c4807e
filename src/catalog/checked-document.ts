import { PhasegateError, type FailureCode } from '../domain/failures.js';
import { isJsonObject, type JsonObject } from '../domain/text/json.js';
import { ownValidator, type OwnSchema } from './own-schemas.js';
import { MAX_ISSUES, schemaIssues } from './schema-issues.js';
import type { Issue, SourceDocument } from './source-document.js';

/**
 * The content of a file that satisfies one of our own formats. `$schema` is left out: it is there for editors.
 *
 * @param code - the failure's code when it does not satisfy it
 */
export function checkedContent(document: SourceDocument, format: OwnSchema, code: FailureCode): JsonObject {
  refuseProblem(document, code);
  const value = document.value ?? null;
  const validate = ownValidator(format);
  if (!validate(value)) throw fileError(document, code, schemaIssues(validate.errors, value));
  const { $schema: _forEditors, ...content } = value as JsonObject;
  return content;
}

/** Throws where a file can't even be read or parsed. */
export function refuseProblem({ file, problem }: SourceDocument, code: FailureCode): void {
  if (!problem) return;
  const { line, column, message } = problem;
  throw new PhasegateError(code, `${file}:${line}:${column}: ${message}`, { file, line, column });
}

/** A failure that tells where in a file what is wrong. */
export function fileError(document: SourceDocument, code: FailureCode, issues: readonly Issue[]): PhasegateError {
  const placed = issues.slice(0, MAX_ISSUES).map(({ pointer, message, aboutKey }) => {
    const { line, column } = document.placeOf(pointer, aboutKey ? 'key' : 'value');
    return {
      line,
      column,
      pointer,
      text: `${document.file}:${line}:${column}: ${pointer || '(whole file)'}: ${message}`,
    };
  });
  const { line = 1, column = 1, pointer = '' } = placed[0] ?? {};
  return new PhasegateError(code, placed.map(({ text }) => text).join('\n'), {
    file: document.file,
    line,
    column,
    pointer,
  });
}

/** A text member of a file's content. The file may be broken. */
export function peek({ value }: SourceDocument, key: string): string | undefined {
  const member = isJsonObject(value) ? value[key] : undefined;
  return typeof member === 'string' || typeof member === 'number' ? String(member) : undefined;
}
