import { changeText } from '../../domain/change/changes.js';
import { proofText, type PhaseProof } from '../../domain/check/phase-proof.js';
import { cut, FAILURES, isFailureCode, PhasegateError } from '../../domain/failures.js';
import type { RunStatus } from '../../domain/run-status.js';
import { roundText } from '../../domain/rounds/round-copy.js';
import { formatCost } from '../../domain/money/show.js';

/** Writes a result: as JSON for scripts, or as text for people. */
export function print(json: boolean, value: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`);
}

/** Somebody else's text as one line in which nothing controls the terminal. */
export function printable(text: string, length = 200): string {
  return cut(text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' '), length);
}

/** What was wrong and what to do, for a terminal. */
export function failText(error: unknown): string {
  if (error instanceof PhasegateError) return failureLines(error.code, error.message);
  return failureLines('internal_error', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** The same for scripts. */
export function failJson(error: unknown): string {
  const code = error instanceof PhasegateError ? error.code : 'internal_error';
  return JSON.stringify({
    code,
    message: error instanceof Error ? error.message : String(error),
    todo: FAILURES[code].todo,
  });
}

/** A failed run in two lines: the code with its message, and what to do. */
export function failureLines(code: string, message: string): string {
  return isFailureCode(code) ? `${code}: ${message}\n${FAILURES[code].todo}` : `${code}: ${message}`;
}

/** What is known of the work of a phase, below its line. */
function proofLines(proof: PhaseProof | null): string[] {
  const text = proofText(proof);
  const protectedFiles = proof?.protectedChanged ?? [];
  return [
    ...(protectedFiles.length > 0
      ? [`    protected files were changed: ${printable(protectedFiles.join(', '), 500)}`]
      : []),
    ...(text === null ? [] : [`    checks: ${printable(text, 1_000)}`]),
  ];
}

/** A run's status for people. */
export function statusText(status: RunStatus): string {
  const { run, state, template, branch, phases, openGates, usage, ignored, ignoredTotal, failure, waitsFor } = status;
  // a phase tells what it used only when it ends
  const atWork = phases.some(({ state: phase }) => phase === 'running') ? ', without the phase that runs now' : '';
  const lines = [
    `${run.workflowId}  ${state}  ${template ?? ''}  cost ${formatCost(usage)} in ${usage.calls} model calls${atWork}`,
    `run id ${run.runId}${branch ? `  branch ${branch}` : ''}`,
    ...phases.flatMap(({ key, state: phase, attempts, persona, fallback, round, changes, proof }) => [
      `  ${key.padEnd(20)} ${phase.padEnd(18)} ${attempts || ''}  ${persona}${fallback ? ` (${printable(fallback)})` : ''}${roundText(round)}${changes && changes.total.files > 0 ? `  ${changeText(changes.total)}` : ''}`,
      ...proofLines(proof ?? null),
    ]),
    ...openGates.map(
      ({ phase, gate, artifact, note }) =>
        `waits at gate ${phase}/${gate}: ${artifact ? `${artifact.path} (sha256 ${artifact.sha256})` : 'the budget is spent; --budget-usd or --budget-tokens give a new limit'}${note ? `; ${printable(note, 500)}` : ''}`,
    ),
    ...(ignoredTotal > ignored.length
      ? [`${ignoredTotal} messages were not applied; the last ${ignored.length}:`]
      : []),
    ...ignored.map(({ name, reason, at }) => `not applied: ${printable(name, 60)} at ${at}: ${printable(reason, 300)}`),
  ];
  for (const { phase, ref } of status.kept ?? [])
    lines.push(`work of ${phase} that is not committed: git show ${printable(ref)}`);
  if (waitsFor)
    lines.push(
      `${waitsFor.kind}: ${waitsFor.code ? failureLines(waitsFor.code, waitsFor.message) : printable(waitsFor.message, 1_000)}`,
    );
  if (failure) lines.push(failureLines(failure.code, failure.message));
  return lines.join('\n');
}
