import { changedFileText, changeText, type Changes } from '../../domain/change/changes.js';
import { cut } from '../../domain/failures.js';
import { changesAtGate } from '../../domain/gate-view/changes-at-gate.js';
import { offeredDecisions, temporalCommand } from '../../domain/gate-view/gate-commands.js';
import { consequences, rulesLines } from '../../domain/gate-view/gate-rules-text.js';
import type { OpenGate, RunStatus } from '../../domain/run-status.js';
import { escapeMarkdown, inlineCode } from '../../domain/text/markdown.js';
import { shellWord } from '../../domain/text/shell-word.js';
import { checksAtGate, protectedAtGate } from './checks-shown.js';

const FILES_AT_GATE = 20;

/**
 * An open gate in Markdown: what is asked, what the phase left and changed, whether it is proven, who may decide until
 * when, and the commands that decide it.
 *
 * @param index - among the open gates: what the phase left is shown at the first of its gates only
 */
export function gateDetails(gate: OpenGate, status: RunStatus, index: number): string {
  const { phase, artifact, note } = gate;
  const isFirst = status.openGates.findIndex((open) => open.phase === phase) === index;
  return [
    `### Waits for a decision: ${inlineCode(`${phase}/${gate.gate}`)}`,
    note === null ? '' : `**${escapeMarkdown(cut(note, 500))}**`,
    artifact ? (isFirst ? workOf(gate, status) : '') : SPENT,
    [consequences(gate, status), ...rulesLines(gate, status)]
      .map((line) => `- ${escapeMarkdown(cut(line, 500))}`)
      .join('\n'),
    commandBlock(gate, status),
    artifact && isFirst ? left(gate, status) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const SPENT =
  'The budget is spent. An approval may carry the new limit of the run: `--input \'{"budgetUsd": 10}\'`; else the limit grows by what it was.';

/** What the phase did, as the engine found it: the artifact may say something else. */
function workOf({ phase, view }: OpenGate, status: RunStatus): string {
  return [
    view?.headline ? `**${escapeMarkdown(view.headline)}**` : '',
    protectedAtGate(phase, status),
    changedText(phase, status),
    checksAtGate(phase, status),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function commandBlock(gate: OpenGate, status: RunStatus): string {
  const { workflowId } = status.run;
  return ['```', ...offeredDecisions(gate, status).map((one) => temporalCommand(workflowId, one)), '```'].join('\n');
}

function left({ phase, artifact, view }: OpenGate, { run }: RunStatus): string {
  if (artifact === null) return '';
  const show = ['npm run client -- show', shellWord(run.workflowId), shellWord(phase)].join(' ');
  return [
    `Artifact ${inlineCode(artifact.path)} (sha256 ${inlineCode(artifact.sha256)}); all of it: ${inlineCode(show)}`,
    ...(view === null ? [] : [view.markdown]),
  ].join('\n\n');
}

function changedText(phase: string, status: RunStatus): string {
  const told = changesAtGate(phase, status);
  if (told?.length === 0) return 'Changed: no file changed';
  return (told ?? [])
    .map(
      ({ phase: key, changes }) => `Changed${key === phase ? '' : ` by ${escapeMarkdown(key)}`}: ${filesText(changes)}`,
    )
    .join('\n\n');
}

function filesText(changes: Changes): string {
  const named = changes.files.slice(0, FILES_AT_GATE).map((file) => inlineCode(changedFileText(file)));
  const more = changes.total.files > named.length ? ` and ${changes.total.files - named.length} more` : '';
  return `${changeText(changes.total)}${named.length > 0 ? `: ${named.join(', ')}${more}` : ''}`;
}
