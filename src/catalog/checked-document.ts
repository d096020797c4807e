import { PhasegateError, type FailureCode } from '../domain/failures.js';
import { isJsonObject, type JsonObject } from '../domain/text/json.js';
import type { Issue, PlacedIssue } from '../offload/parsed-source.js';
import { MAX_ISSUES } from '../offload/schema-issues.js';
import type { SourceDocument } from './source-document.js';

/**
 * The content of a file that has the format for which it was read. `$schema` is left out: it is there for editors.
 *
 * @param code - the failure's code when it does not have that format
 */
export function checkedContent(document: SourceDocument, code: FailureCode): JsonObject {
  refuseProblem(document, code);
  if (document.issues.length > 0) throw placedError(document.file, code, document.issues);
  const { $schema: _forEditors, ...content } = document.value as JsonObject;
  return content;
}

/** Throws where a file can't even be read or parsed. */
export function refuseProblem({ file, problem }: SourceDocument, code: FailureCode): void {
  if (!problem) return;
  const { line, column, message } = problem;
  throw new PhasegateError(code, `${file}:${line}:${column}: ${message}`, { file, line, column });
}

/** A failure that tells where in a file what is wrong. */
export async function fileError(
  document: SourceDocument,
  code: FailureCode,
  issues: readonly Issue[],
): Promise<PhasegateError> {
  return placedError(document.file, code, await document.place(issues.slice(0, MAX_ISSUES)));
}

function placedError(file: string, code: FailureCode, issues: readonly PlacedIssue[]): PhasegateError {
  const texts = issues.map(
    ({ line, column, pointer, message }) => `${file}:${line}:${column}: ${pointer || '(whole file)'}: ${message}`,
  );
  const { line = 1, column = 1, pointer = '' } = issues[0] ?? {};
  return new PhasegateError(code, texts.join('\n'), { file, line, column, pointer });
}

/** A text member of a file's content. The file may be broken. */
export function peek({ value }: SourceDocument, key: string): string | undefined {
  const member = isJsonObject(value) ? value[key] : undefined;
  return typeof member === 'string' || typeof member === 'number' ? String(member) : undefined;
}
