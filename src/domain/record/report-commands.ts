import { commandText } from '../check/check-text.js';
import type { CommandNetwork, SandboxKind } from '../check/command.js';
import type { PlannedCommands } from '../check/planned-check.js';
import { cut } from '../failures.js';
import { REPOSITORY_FILE } from '../names.js';
import { escapeMarkdown, inlineCode } from '../text/markdown.js';

const MAX_LISTED = 10;
const SANDBOXES: Readonly<Record<SandboxKind, string>> = {
  bwrap: 'bubblewrap',
  none: 'none: the commands ran **without isolation**, on the machine of the worker',
  off: 'off: the worker ran no command',
};

/**
 * Where the commands of a run come from, and what they may do, as lines of Markdown.
 *
 * @param commands - null for a run without a plan; a report of an older run does not have it
 */
export function commandsLines(commands: PlannedCommands | null | undefined): string[] {
  if (!commands) return [];
  const { sandbox, setup, protect, env, warnings } = commands;
  return [
    `Commands: ${sourceText(commands)}`,
    `Sandbox: ${SANDBOXES[sandbox]}`,
    ...setup
      .slice(0, MAX_LISTED)
      .map(({ run, network }) => `Set-up: ${inlineCode(cut(commandText(run), 200))}, ${networkText(network)}`),
    ...(protect.length > 0 ? [`Protected: ${listed(protect)}`] : []),
    ...(env.length > 0 ? [`Variables of the worker: ${listed(env)}`] : []),
    ...warnings.map((warning) => `Warning: ${escapeMarkdown(cut(warning, 300))}`),
  ];
}

function sourceText({ source }: PlannedCommands): string {
  if (source.kind === 'file')
    return `${inlineCode(REPOSITORY_FILE)} (sha256 ${inlineCode(source.sha256.slice(0, 16))})`;
  if (source.kind === 'input') return "the run's input";
  return `none: ${escapeMarkdown(source.note ?? `the repository has no ${REPOSITORY_FILE}`)}`;
}

function networkText(network: CommandNetwork): string {
  if (network === 'none') return 'without network';
  return network === 'host' ? '**with the whole network of the worker**' : `with the hosts ${listed(network)}`;
}

function listed(items: readonly string[]): string {
  const more = items.length > MAX_LISTED ? ` and ${items.length - MAX_LISTED} more` : '';
  return `${items.slice(0, MAX_LISTED).map(inlineCode).join(', ')}${more}`;
}
