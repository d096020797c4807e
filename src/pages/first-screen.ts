import { NOTHING_RAN } from '../domain/check/check-text.js';
import { cut } from '../domain/failures.js';
import { clientCommand, decisionsOf, temporalCommand } from '../domain/gate-view/gate-commands.js';
import { afterTime } from '../domain/gate-view/gate-rules-text.js';
import type { GateRequest } from '../domain/story/story-facts.js';
import { timesText } from '../domain/story/story-markdown.js';
import { formatDuration } from '../domain/text/duration.js';
import { shellWord } from '../domain/text/shell-word.js';
import { checkLine, newestChecks } from './checks.js';
import { timeText } from './decisions.js';
import { block, code, folded, prose, words } from './html.js';
import type { PageFacts } from './page-facts.js';
import { changesText, totalCost } from './time-and-cost.js';

const MOST_CHECKS = 8;
const MOST_NAMED = 8;

/** What was asked, and by whom. */
export function asked({ report }: PageFacts): string {
  const { objective, template, story, repository } = report;
  const requirements = story?.requirements ?? null;
  const by = story?.startedBy ?? null;
  const short = objective ?? (requirements === null ? null : cut(requirements.trim(), 400));
  const isWhole = requirements === null || short === requirements.trim();
  return [
    short === null ? '' : `<p>${prose(cut(short, 1_000))}</p>`,
    isWhole ? '' : folded('Everything that was asked', block(requirements)),
    `<p class="soft">${[
      by === null ? 'nobody said who asked' : `asked by ${words(by)} (as claimed)`,
      template.name === null ? '' : `template ${words(`${template.name}@${template.version ?? ''}`)}`,
      repository.path === null ? '' : `repository ${code(repository.path)}`,
      repository.branch === null ? '' : `branch ${code(repository.branch)} from ${code(repository.baseBranch ?? '')}`,
      `workflow ${code(report.workflowId)}`,
    ]
      .filter((part) => part !== '')
      .join(' · ')}</p>`,
  ].join('\n');
}

/** The cards: what changed, whether it is proven, what it took. */
export function cards(page: PageFacts): string {
  const { report } = page;
  const { totals, story } = report;
  const checks = newestChecks(page);
  const budget = totals.budgetUsd === null ? 'no budget' : `of $${totals.budgetUsd}`;
  const more = checks.length > MOST_CHECKS ? `<p class="soft">and ${checks.length - MOST_CHECKS} more</p>` : '';
  return `<div class="cards">
${card('Changed', `<p><b>${changesText(report)}</b></p><p class="soft">${report.commits.length} ${report.commits.length === 1 ? 'commit' : 'commits'}</p>`)}
${card(
  'Proven by',
  checks.length === 0
    ? `<p><span class="warn">${NOTHING_RAN}</span></p>`
    : checks
        .slice(0, MOST_CHECKS)
        .map((check) => `<p>${checkLine(check)}</p>`)
        .join('') + more,
)}
${card('Cost', `<p><b>${totalCost(totals)}</b> <span class="soft">${budget}</span></p><p class="soft">${totals.calls} model calls</p>`)}
${card('Time', story ? `<p>${timesText(story.times)}</p>` : `<p>${formatDuration(report.durationMs)}</p>`)}
</div>`;
}

function card(title: string, body: string): string {
  return `<div class="card"><h3>${title}</h3>${body}</div>`;
}

/** What a reader must not overlook, the gravest first. */
export function lookAt(page: PageFacts): string {
  const { report } = page;
  const { story } = report;
  const checks = newestChecks(page);
  const red = checks.filter(({ outcome }) => outcome === 'failed');
  const grave = [
    ...red.map((check) => `a <a href="#checks">check</a> is red: ${checkLine(check)}`),
    ...(story && story.protectedFiles.length > 0
      ? [`the run changed protected files: ${named(story.protectedFiles)}`]
      : []),
    ...(report.checks.some(({ sandbox }) => sandbox === 'none') ? ['checks ran without isolation'] : []),
  ];
  const minor = [
    ...checks
      .filter(({ outcome }) => outcome === 'already_failing' || outcome === 'flaky')
      .map((check) => `${checkLine(check)}`),
    ...(report.commits.length > 0 && checks.length === 0 ? ['no check has looked at the commits'] : []),
    ...(story && story.unnamedFiles.length > 0
      ? [`changed, and named in no artifact: ${named(story.unnamedFiles)}`]
      : []),
    ...(story?.decisions.some(({ why }) => why !== null)
      ? ['approvals were given that <a href="#decisions">count no more</a>']
      : []),
    ...report.fallbacks.map(
      ({ phaseKey, from, to }) => `phase ${words(phaseKey)} went on with ${code(to)} in place of ${code(from)}`,
    ),
    ...report.unresolved.map(
      ({ phaseKey, text }) => `${phaseKey === null ? '' : `${words(phaseKey)}: `}${words(cut(text, 500))}`,
    ),
  ];
  const lines = [...grave, ...minor].slice(0, 30).map((line) => `<li>${line}</li>`);
  if (lines.length === 0)
    return '<div class="look none"><p>Nothing stands out: no red check, no protected file, no file that the artifacts do not name.</p></div>';
  return `<div class="look${grave.length > 0 ? ' red' : ''}"><p><b>Look at this first</b></p><ul>${lines.join('\n')}</ul></div>`;
}

function named(paths: readonly string[]): string {
  const more = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
  return `${paths.slice(0, MOST_NAMED).map(code).join(', ')}${more}`;
}

/** What a decision does, who may decide, and the commands. */
export function decide(page: PageFacts, gates: readonly GateRequest[]): string {
  const { report } = page;
  const phaseKey = gates[0]?.phaseKey ?? '';
  const index = report.phases.findIndex(({ key }) => key === phaseKey);
  const next = report.phases[index + 1];
  const gatesOfNext = report.story?.phases.find(({ key }) => key === next?.key)?.gates ?? [];
  const after = next
    ? `phase ${words(next.key)} begins${next.persona === null ? '' : ` (persona ${words(next.persona)})`}${gatesOfNext.length > 0 ? `, and people are asked again at ${gatesOfNext.map(words).join(', ')}` : ''}`
    : `this is the last phase: the run completes. Its work stays on the branch ${code(report.repository.branch ?? '')}; nothing is merged by it`;
  const asked = gates.map((gate) => askedAt(page, gate, gates.length > 1));
  const earlier = report.phases.slice(0, Math.max(0, index)).map(({ key }) => code(key));
  const back =
    earlier.length === 0
      ? ''
      : ` With ${code('--to PHASE')} it goes back to an earlier phase (${earlier.join(', ')}), and what follows is done again.`;
  const messages = gates.every(({ decideBy }) => decideBy !== 'pullRequest');
  const how = messages
    ? '<p class="soft">The first commands are those of phasegate, the others those of Temporal; both do the same. An approval counts for this artifact only, not for a newer one.</p>'
    : '';
  return `<ul><li><b>Approve</b>: ${after}.</li><li><b>Request changes</b>: the work is done again with your comment.${back}</li><li><b>Reject</b>: the run ends as failed; its branch stays.</li></ul>
${asked.join('\n')}${how}`;
}

/** A gate with its rules, and the commands that decide it. */
function askedAt({ report }: PageFacts, gate: GateRequest, isOneOfMany: boolean): string {
  const { approvers, required, round, phaseKey, note, expiresAt } = gate;
  const given = (report.story?.decisions ?? []).filter(
    (one) =>
      one.action === 'approve' &&
      one.counts &&
      one.gate === gate.gate &&
      one.phaseKey === phaseKey &&
      one.round === round,
  );
  const isReviewed = gate.decideBy === 'pullRequest';
  const startedBy = report.story?.startedBy ?? null;
  const notStarter =
    gate.separateStarter && startedBy !== null ? `, but ${words(startedBy)}, who started the run, may not approve` : '';
  const then = words(afterTime(gate.onTimeout ?? 'wait', gate.escalateTo ?? []));
  const facts = [
    `${given.length} of ${required ?? 1} approvals${given.length > 0 ? ` (${given.map(({ by }) => words(by ?? 'somebody')).join(', ')})` : ''}`,
    `${approvers === null ? 'anybody may decide' : `only ${approvers.slice(0, 20).map(words).join(', ')} may decide`}${notStarter}`,
    `waits since ${timeText(gate.requestedAt)}`,
    expiresAt === null ? 'without limit' : `until ${timeText(expiresAt)}; then ${then}`,
  ];
  const id = report.workflowId;
  const decisions = decisionsOf({
    ...{ phase: phaseKey, gate: gate.gate, approvers, required: required ?? 1 },
    separateStarter: gate.separateStarter ?? false,
    approvedBy: given.flatMap(({ by }) => by ?? []),
    ...{ artifactSha256: gate.artifactSha256, isReviewed, isOneOfMany, mayRevise: gate.mayRevise, startedBy },
    personas: report.phases.flatMap(({ persona }) => persona ?? []),
  });
  const commands = [
    ...decisions.map((one) => clientCommand(id, one)),
    ...decisions.map((one) => temporalCommand(id, one)),
  ];
  return `<h3>Gate ${words(gate.gate)} of phase ${words(phaseKey)}${round > 1 ? ` (round ${round})` : ''}</h3>
<p>${facts.join(' · ')}</p>${note === null ? '' : `<p><span class="warn">${prose(cut(note, 2_000))}</span></p>`}
${isReviewed ? `<p>Reviews of the run’s pull request decide here; its address stands in ${code(`npm run client -- status ${shellWord(id)}`)}.</p>` : block(commands.join('\n'))}`;
}
