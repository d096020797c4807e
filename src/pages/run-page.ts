import { cut } from '../domain/failures.js';
import { commandText } from '../domain/check/check-text.js';
import type { GateRequest } from '../domain/story/story-facts.js';
import { escapeHtml } from '../domain/text/html.js';
import { shellWord } from '../domain/text/shell-word.js';
import { checks } from './checks.js';
import { decisions, timeText } from './decisions.js';
import { changedFiles, diff } from './diff.js';
import { asked, cards, decide, lookAt } from './first-screen.js';
import { block, code, section, table, words } from './html.js';
import type { PageFacts } from './page-facts.js';
import { artifactAt, headlines, phases } from './phases.js';
import { htmlPage } from './shell.js';
import { costs, timeLineOf } from './time-and-cost.js';

/**
 * The page that people read at a gate: what is asked of them first, then all that they may want to see. It has no
 * script, loads nothing, and is at most 2 MB long.
 *
 * @param gates - the gates of one phase that opened together
 */
export function reviewPage(page: PageFacts, gates: readonly GateRequest[]): string {
  const { report } = page;
  const phaseKey = gates[0]?.phaseKey ?? '';
  const names = gates.map(({ gate }) => gate).join(', ');
  const body = `<h1>Your decision: ${words(names)} of phase ${words(phaseKey)}</h1>
${asked(page)}
${cards(page)}
${lookAt(page)}
${navigation(['artifact', 'decide', 'files', 'diff', 'phases', 'decisions', 'checks', 'time', 'facts'])}
${section('decide', 'If you decide', decide(page, gates))}
${section('artifact', 'What you decide on', artifactAt(page, phaseKey))}
${rest(page)}`;
  return htmlPage(`${names} of ${phaseKey}: ${report.workflowId}`, body);
}

/** The page about a run that has ended. It has no script, loads nothing, and is at most 2 MB long. */
export function reportPage(page: PageFacts): string {
  const { report } = page;
  const error =
    report.error === null
      ? ''
      : `<div class="look red"><p><b>${escapeHtml(report.error.code)}</b></p><p class="text" dir="auto">${escapeHtml(cut(report.error.message, 4_000))}</p></div>`;
  const state = report.status === 'completed' ? 'good' : 'bad';
  const body = `<h1>Run ${words(report.workflowId)}: <span class="${state}">${escapeHtml(report.status)}</span></h1>
${asked(page)}
${error}
${cards(page)}
${lookAt(page)}
${navigation(['next', 'files', 'diff', 'phases', 'decisions', 'checks', 'time', 'facts'])}
${section('next', 'What to do next', `${deliveries(page)}${next(page)}`)}
${rest(page)}`;
  return htmlPage(`${report.workflowId}: ${report.status}`, body);
}

const TITLES: Readonly<Record<string, string>> = {
  artifact: 'Artifact',
  decide: 'Decide',
  next: 'Next',
  files: 'Files',
  diff: 'Diff',
  phases: 'Phases',
  decisions: 'Decisions',
  checks: 'Checks',
  time: 'Time and cost',
  facts: 'Facts',
};

function navigation(ids: readonly string[]): string {
  return `<nav>${ids.map((id) => `<a href="#${id}">${TITLES[id]}</a>`).join(' ')}</nav>`;
}

function rest(page: PageFacts): string {
  return [
    section('said', 'What the phases say', headlines(page)),
    section('files', 'Changed files', changedFiles(page)),
    section('diff', 'Diff', diff(page)),
    section('phases', 'Phases', phases(page)),
    section('decisions', 'Decisions', decisions(page) || '<p>Nobody has decided anything yet.</p>'),
    section('checks', 'Checks and set-up', checks(page) || '<p>No command was run.</p>'),
    section('time', 'Time and cost', `${timeLineOf(page)}\n${costs(page)}`),
    section('facts', 'Facts', facts(page)),
  ].join('\n');
}

/** How the deliveries of the run ended. */
function deliveries({ report }: PageFacts): string {
  return table(
    ['Delivery', 'State', 'Where', 'Commit', 'Checks of the forge', 'Why'],
    (report.deliveries ?? []).map(
      ({ state, by, remote, number, url, sha, checks: seen, errorCode, errorMessage, startedAt }) => [
        `${timeText(startedAt)}${by === null ? '' : `, by ${words(cut(by, 100))}`}`,
        `<span class="${DELIVERY_CLASS[state]}">${state}</span>`,
        number === null ? words(remote ?? '') : `pull request ${number}: ${code(cut(url ?? '', 500))}`,
        sha === null ? '' : code(sha.slice(0, 12)),
        words(seen ?? ''),
        errorCode === null ? '' : `${escapeHtml(errorCode)}: ${words(cut(errorMessage ?? '', 500))}`,
      ],
    ),
  );
}

const DELIVERY_CLASS = { delivering: 'warn', delivered: 'good', failed: 'bad' } as const;

function next({ report }: PageFacts): string {
  const { branch, baseBranch, baseCommit } = report.repository;
  const id = shellWord(report.workflowId);
  if (report.status === 'completed' && branch !== null && report.commits.length > 0)
    return `<p>The work is on the branch ${code(branch)}. Look at it, and merge it, or push it and open a pull request:</p>${block(`git diff ${shellWord(baseCommit ?? baseBranch ?? '')} ${shellWord(branch)}\ngit merge ${shellWord(branch)}\nnpm run client -- deliver ${id}`)}`;
  if (report.status === 'completed')
    return `<p>The run changed no file. Its artifacts tell what it found: ${code(`npm run client -- show ${id}`)}</p>`;
  const phase = report.phases.find(({ state }) => state === 'failed')?.key;
  return `<p>Read the reason above. When it is dealt with, a phase and what follows can be done again:</p>${block(`npm run client -- reset ${id} --phase ${shellWord(phase ?? report.phases[0]?.key ?? 'PHASE')}`)}`;
}

function facts({ report, madeAt }: PageFacts): string {
  const { story, commits, template, commands } = report;
  const personas = table(
    ['Role', 'Persona', 'Backend', 'Model', 'Persona sha256', 'Binding sha256'],
    (story?.personas ?? []).map(({ role, persona, personaVersion, backend, model, personaHash, bindingHash }) => [
      words(role),
      words(`${persona}@${personaVersion}`),
      words(backend),
      words(model),
      code(personaHash.slice(0, 16)),
      code(bindingHash.slice(0, 16)),
    ]),
  );
  const artifacts = table(
    ['Artifact', 'Phase', 'Round', 'Attempt', 'Valid', 'sha256', 'Bytes'],
    report.artifacts
      .slice(-100)
      .map(({ path, phaseKey, round, attempt, valid, reason, sha256, bytes }) => [
        code(path),
        words(phaseKey),
        String(round),
        String(attempt),
        valid ? 'yes' : `<span class="bad">no</span> ${words(reason ?? '')}`,
        code(sha256.slice(0, 16)),
        String(bytes),
      ]),
  );
  const commitRows = table(
    ['Commit', 'Subject', 'Files', 'Lines'],
    commits
      .slice(-100)
      .map(({ sha, subject, filesChanged, insertions, deletions }) => [
        code(sha.slice(0, 12)),
        words(cut(subject, 200)),
        String(filesChanged),
        `+${insertions} −${deletions}`,
      ]),
  );
  const setup = (commands?.setup ?? []).slice(0, 20).map(({ run }) => `<li>${code(cut(commandText(run), 300))}</li>`);
  return [
    personas,
    artifacts,
    commitRows,
    commands
      ? `<p>Sandbox: ${escapeHtml(commands.sandbox)}.${setup.length > 0 ? ' Set-up:' : ''}</p>${setup.length > 0 ? `<ul>${setup.join('')}</ul>` : ''}`
      : '',
    `<p class="soft">Run id ${code(report.runId)}${template.hash === null ? '' : ` · template sha256 ${code(template.hash.slice(0, 16))}`}${report.startedAt === null ? '' : ` · begun ${timeText(report.startedAt)}`} · page made ${timeText(madeAt)}</p>`,
  ].join('\n');
}
