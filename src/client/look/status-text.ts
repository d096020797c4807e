import { changeText } from '../../domain/change/changes.js';
import { proofText, type PhaseProof } from '../../domain/check/phase-proof.js';
import { budgetText } from '../../domain/money/budget-text.js';
import { formatCost } from '../../domain/money/show.js';
import { roundText } from '../../domain/rounds/round-copy.js';
import type { RunStatus } from '../../domain/run-status.js';
import { failureLines } from '../command-line/output.js';
import { printable } from '../command-line/printable.js';
import { gateLines } from './gate-lines.js';

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
  const {
    run,
    state,
    template,
    branch,
    startedBy,
    phases,
    openGates,
    usage,
    ignored,
    ignoredTotal,
    failure,
    waitsFor,
  } = status;
  // a phase tells what it used only when it ends
  const atWork = phases.some(({ state: phase }) => phase === 'running') ? ', without the phase that runs now' : '';
  const lines = [
    `${printable(run.workflowId)}  ${state}  ${printable(template ?? '')}  cost ${formatCost(usage)} in ${usage.calls} model calls${atWork}${budgetText(status)}`,
    `run id ${run.runId}${branch ? `  branch ${printable(branch)}` : ''}${startedBy ? `  started by ${printable(startedBy, 100)}` : ''}`,
    ...phases.flatMap(({ key, state: phase, attempts, persona, fallback, round, changes, proof }) => [
      `  ${printable(key).padEnd(20)} ${phase.padEnd(18)} ${attempts || ''}  ${printable(persona)}${fallback ? ` (${printable(fallback)})` : ''}${roundText(round)}${changes && changes.total.files > 0 ? `  ${changeText(changes.total)}` : ''}`,
      ...proofLines(proof ?? null),
    ]),
    ...openGates.flatMap((gate) => gateLines(gate, status)),
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
