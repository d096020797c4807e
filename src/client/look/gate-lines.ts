import { changedFileText, changeText } from '../../domain/change/changes.js';
import { changesAtGate } from '../../domain/gate-view/changes-at-gate.js';
import { clientCommand, offeredDecisions } from '../../domain/gate-view/gate-commands.js';
import { consequences, rulesLines } from '../../domain/gate-view/gate-rules-text.js';
import { proofText } from '../../domain/check/phase-proof.js';
import type { OpenGate, RunStatus } from '../../domain/run-status.js';
import { shellWord } from '../../domain/text/shell-word.js';
import { asCalled } from '../command-line/as-called.js';
import { coloured } from '../command-line/colour.js';
import { printable } from '../command-line/printable.js';

const FILES_AT_GATE = 20;

/** An open gate for a terminal: what is asked, what the phase did, who may decide until when, and the commands. */
export function gateLines(gate: OpenGate, status: RunStatus): string[] {
  const { phase, artifact, note, view } = gate;
  const id = shellWord(printable(status.run.workflowId));
  const about = artifact
    ? `${printable(artifact.path)} (sha256 ${artifact.sha256})`
    : 'the budget is spent; --budget-usd or --budget-tokens give a new limit';
  const looks = artifact
    ? [`show ${id} ${shellWord(printable(phase))}`, `diff ${id}`, `checks ${id}`, `open ${id}`]
    : [];
  const below = [
    ...(view?.headline ? [printable(view.headline, 500)] : []),
    ...(artifact ? changesLines(phase, status) : []),
    ...[consequences(gate, status), ...rulesLines(gate, status)].map((line) => printable(line, 500)),
    ...looks.map((look) => `npm run client -- ${look}`),
    ...offeredDecisions(gate, status).map((decision) =>
      printable(clientCommand(status.run.workflowId, decision), 2_000),
    ),
  ];
  const first = `waits at gate ${printable(`${phase}/${gate.gate}`)}: ${about}${note ? `; ${printable(note, 500)}` : ''}`;
  return [coloured('bold', first), ...below.map((line) => asCalled(`    ${line}`))];
}

/** What the run has changed so far, as git has it, and what its checks say of it. */
function changesLines(phase: string, status: RunStatus): string[] {
  const told = changesAtGate(phase, status);
  const lines = (told ?? []).flatMap(({ phase: key, changes }) => {
    const files = changes.files.slice(0, FILES_AT_GATE).map((file) => `  ${printable(changedFileText(file), 300)}`);
    const more = changes.total.files - files.length;
    return [
      `changed by ${printable(key)}: ${changeText(changes.total)}`,
      ...files,
      ...(more > 0 ? [`  and ${more} more`] : []),
    ];
  });
  const checks = status.phases.flatMap(({ key, proof }) => {
    const text = proofText(proof ?? null);
    return text === null ? [] : [`checks of ${printable(key)}: ${printable(text, 1_000)}`];
  });
  return [...(told?.length === 0 ? ['no file was changed'] : lines), ...checks];
}
