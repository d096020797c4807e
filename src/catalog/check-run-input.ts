import { repositoryIssues } from '../domain/check/repository-rules.js';
import { PhasegateError, type FailureCode } from '../domain/failures.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/text/json.js';
import type { RunInput } from '../domain/run-input.js';
import { sizeOf } from '../domain/text/json-tokens.js';
import { MAX_PARTS } from '../offload/bounded-arguments.js';
import { ownValidator } from '../offload/own-schemas.js';
import { schemaIssues, show } from '../offload/schema-issues.js';

export const MAX_REQUIREMENTS_BYTES = 512 * 1024;
/** Temporal refuses payloads of 2 MiB. The parts of the mirror and of the plan must fit beside the input. */
const MAX_INPUT_BYTES = 1.5 * 1024 * 1024;

interface InputIssue {
  code: FailureCode;
  text: string;
}

/**
 * Checks a run's input before anything is done for it (S01). It tells all issues at once, with their JSON paths.
 *
 * @param value - the workflow's argument, whatever it is
 * @throws PhasegateError `requirements_empty`, `requirements_too_large`, `repo_path_missing` or `input_too_large` where
 *   nothing else is wrong; otherwise `input_invalid`
 */
export function checkRunInput(value: unknown): RunInput {
  if (!isJsonObject(value)) {
    throw new PhasegateError(
      'input_invalid',
      `the input must be one JSON object with template, repoPath and requirements; found ${show(value as JsonValue)}`,
    );
  }
  const { $schema: _forEditors, ...input } = value;
  const found = [...ownIssues(input), ...formatIssues(input)];
  const issues = found.length > 0 ? found : commandIssues(input);
  const [first, ...others] = issues;
  if (first) {
    const code = others.every((issue) => issue.code === first.code) ? first.code : 'input_invalid';
    throw new PhasegateError(code, issues.map(({ text }) => text).join('\n'), {
      issues: issues.map(({ text }) => text),
    });
  }
  return input as unknown as RunInput;
}

/** What the schema can't express in the commands of an input that satisfies it. */
function commandIssues(input: JsonObject): InputIssue[] {
  const { setup, checks } = input as unknown as RunInput;
  return repositoryIssues({ ...(setup && { setup }), ...(checks && { checks }) }).map(toInputIssue);
}

function toInputIssue({ pointer, message }: { pointer: string; message: string }): InputIssue {
  return { code: 'input_invalid', text: `${pointer || '(whole input)'}: ${message}` };
}

/** The issues that have a code of their own. */
function ownIssues(input: JsonObject): InputIssue[] {
  const { requirements = '', repoPath = '' } = input;
  const issues: InputIssue[] = [];
  if (typeof requirements === 'string') {
    const bytes = Buffer.byteLength(requirements);
    if (requirements.trim() === '')
      issues.push({ code: 'requirements_empty', text: '/requirements: nothing in it says what the run is to do' });
    else if (bytes > MAX_REQUIREMENTS_BYTES) {
      issues.push({
        code: 'requirements_too_large',
        text: `/requirements: ${bytes} bytes of UTF-8, the limit is ${MAX_REQUIREMENTS_BYTES}`,
      });
    }
  }
  if (typeof repoPath === 'string' && repoPath.trim() === '') {
    issues.push({ code: 'repo_path_missing', text: '/repoPath: the path of the repository is missing' });
  }
  if (issues.length > 0) return issues;
  const text = JSON.stringify(input);
  const [bytes, { parts }] = [Buffer.byteLength(text), sizeOf(text)];
  const tooMuch = (much: string, most: string): InputIssue[] => [
    { code: 'input_too_large', text: `the input ${much}, the limit is ${most}` },
  ];
  if (bytes > MAX_INPUT_BYTES) return tooMuch(`is ${bytes} bytes of JSON`, `${MAX_INPUT_BYTES}`);
  return parts > MAX_PARTS ? tooMuch(`has ${parts} keys and values`, `${MAX_PARTS}`) : [];
}

/** The issues that the input's JSON Schema finds, without those that {@link ownIssues} describes better. */
function formatIssues(input: JsonObject): InputIssue[] {
  const validate = ownValidator('run-input');
  validate(input);
  const errors = (validate.errors ?? []).filter(({ keyword, instancePath, params }) => {
    const { missingProperty } = params as { missingProperty?: string };
    const isEmptyPath = keyword === 'minLength' && instancePath === '/repoPath';
    return missingProperty !== 'requirements' && missingProperty !== 'repoPath' && !isEmptyPath;
  });
  return schemaIssues(errors, input).map(toInputIssue);
}
