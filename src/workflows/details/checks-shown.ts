import { NOTHING_RAN } from '../../domain/check/check-text.js';
import { proofText } from '../../domain/check/phase-proof.js';
import { cut } from '../../domain/failures.js';
import type { RunStatus } from '../../domain/run-status.js';
import { escapeMarkdown, inlineCode } from '../../domain/text/markdown.js';

const MOST_PHASES = 60;
const MOST_FILES = 10;

/** First of all, because whoever changes what is protected may have changed what proves the work. */
export function protectedAtGate(phase: string, { phases }: RunStatus): string {
  const files = phases.find(({ key }) => key === phase)?.proof?.protectedChanged ?? [];
  if (files.length === 0) return '';
  const named = files.slice(0, MOST_FILES).map(inlineCode).join(', ');
  return `**Protected files were changed**: ${named}${files.length > MOST_FILES ? ' and more' : ''}`;
}

/** The checks of the phase whose gate it is. */
export function checksAtGate(phase: string, { phases }: RunStatus): string {
  const text = proofText(phases.find(({ key }) => key === phase)?.proof ?? null);
  return text === null ? '' : `Checks: ${checksMarkdown(text)}`;
}

/** The checks of all phases, since a later gate is also about the work of an earlier phase. */
export function checkList({ phases }: RunStatus): string {
  const lines = phases.slice(0, MOST_PHASES).flatMap(({ key, proof }) => {
    const text = proofText(proof);
    return text === null ? [] : [`- ${escapeMarkdown(key)}: ${checksMarkdown(text)}`];
  });
  return lines.length === 0 ? '' : `Checks:\n${lines.join('\n')}`;
}

function checksMarkdown(text: string): string {
  return text === NOTHING_RAN ? `**${NOTHING_RAN}**` : escapeMarkdown(cut(text, 1_000));
}
