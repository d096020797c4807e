import { cut } from '../domain/failures.js';
import { renderArtifactHtml } from '../domain/render/render-artifact.js';
import { roundText } from '../domain/rounds/round-copy.js';
import { readDocuments, type ReadDocument } from '../domain/story/tell-story.js';
import { escapeHtml } from '../domain/text/html.js';
import type { PageFacts } from './page-facts.js';
import { code, fitting, folded, prose, words } from './html.js';

const ARTIFACTS_BYTES = 500_000;
const ARTIFACT_BYTES = 230_000;
const MAX_SUMMARY = 400;

/** The artifact that a gate is about, whole and open; nothing where there is none. */
export function artifactAt(page: PageFacts, phaseKey: string): string {
  const found = readDocuments(page.facts).find(({ document, isNewest }) => isNewest && document.phaseKey === phaseKey);
  return found ? documentBody(found, ARTIFACT_BYTES) : '';
}

/** Every phase with its state and, folded, what it left in each round. */
export function phases(page: PageFacts): string {
  const documents = readDocuments(page.facts);
  const bytes = Math.min(ARTIFACT_BYTES, Math.max(4_000, Math.floor(ARTIFACTS_BYTES / Math.max(1, documents.length))));
  const parts = page.report.phases.map(({ key, state, round, attempts, persona, reason }) => {
    const model = page.report.story?.phases.find((told) => told.key === key)?.model;
    const own = documents.filter(({ document }) => document.phaseKey === key).reverse();
    const newest = page.report.story?.documents.find((told) => told.phaseKey === key && told.isNewest);
    const verdict = newest?.headline.verdict;
    const title = `${words(key)}${escapeHtml(roundText(round))} <span class="${STATE_CLASS[state] ?? 'soft'}">${escapeHtml(state.replace('_', ' '))}</span>${verdict ? ` · ${words(verdict.value)}` : ''}`;
    const said = [
      persona === null ? '' : `persona ${words(persona)}`,
      model ? `model ${words(model)}` : '',
      attempts > 1 ? `${attempts} attempts` : '',
    ].filter((text) => text !== '');
    const body = own.map((document) =>
      folded(
        `${code(document.document.path)} <span class="soft">${document.isNewest ? '' : 'earlier, '}round ${document.document.round}, sha256 ${document.document.sha256.slice(0, 12)}</span>`,
        documentBody(document, bytes),
        document.isNewest,
      ),
    );
    return folded(
      title,
      [
        said.length > 0 ? `<p class="soft">${said.join(' · ')}</p>` : '',
        reason === null ? '' : `<p>${prose(cut(reason, 1_000))}</p>`,
        ...body,
      ].join('\n'),
    );
  });
  return fitting(parts, ARTIFACTS_BYTES + 100_000, (left) => `${left} more phases are left out here.`);
}

/** What each phase says of itself, in a line. */
export function headlines({ report }: PageFacts): string {
  const lines = (report.story?.documents ?? [])
    .filter(({ isNewest, headline }) => isNewest && (headline.summary !== null || headline.verdict !== null))
    .map(
      ({ phaseKey, headline: { verdict, summary } }) =>
        `<li><b>${words(phaseKey)}</b>${verdict ? ` <b>${words(verdict.value)}</b>` : ''}${summary === null ? '' : `: ${prose(cut(summary, MAX_SUMMARY))}`}</li>`,
    );
  return lines.length === 0 ? '' : `<ul>${lines.join('\n')}</ul>`;
}

const STATE_CLASS: Partial<Record<string, string>> = { completed: 'good', failed: 'bad', awaiting_approval: 'warn' };

function documentBody({ document, schemas, value }: ReadDocument, bytes: number): string {
  if (value === undefined)
    return `<p class="note">The artifact has ${document.bytes} bytes, and is not shown here: look at ${code(document.path)}.</p>`;
  const { html, cut: isCut } = renderArtifactHtml(schemas, document.schemaId, value, { bytes });
  return `${html}${isCut ? `<p class="note">All of it is in ${code(document.path)}.</p>` : ''}`;
}
