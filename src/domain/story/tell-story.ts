import type { Changes } from '../change/changes.js';
import { addMoney, NO_MONEY, toUsd } from '../money/amount.js';
import type { BindingFacts, PhaseFacts } from '../record/report-facts.js';
import { renderArtifact } from '../render/render-artifact.js';
import type { Schemas } from '../template/schema-place.js';
import type { JsonValue } from '../text/json.js';
import type { PhaseCosts, ReportStory, ToldDocument } from './report-story.js';
import type { StoryDocument, StoryFacts } from './story-facts.js';
import { timeLine, timesOf, type Segment } from './time-line.js';
import { toldDecisions } from './told-decisions.js';

/** The most of all artifacts in Markdown, and of one. */
const DOCUMENTS_BYTES = 240_000;
const DOCUMENT_BYTES = 24_000;
const MOST_SEGMENTS = 400;
const MOST_UNNAMED = 100;

/** An artifact that could be read. */
export interface ReadDocument {
  document: StoryDocument;
  schemas: Schemas;
  /** Undefined for one that is too large to be shown, or that is no JSON. */
  value: JsonValue | undefined;
  isNewest: boolean;
}

/**
 * Tells a run by its facts.
 *
 * @param phases - in the plan's order
 * @param changes - what the run changed; null where it is not known
 * @param until - ISO 8601: when the run ended, or now
 */
export function tellStory(
  facts: StoryFacts,
  phases: readonly PhaseFacts[],
  bindings: readonly BindingFacts[],
  changes: Changes | null,
  until: string,
): ReportStory {
  const segments = timeLine(facts.moments, until);
  const documents = readDocuments(facts);
  return {
    requirements: facts.requirements,
    startedBy: facts.startedBy,
    times: timesOf(segments, facts.commandTimes),
    timeLine: segments.slice(-MOST_SEGMENTS),
    phases: phases.map((phase) => costsOf(phase, facts, segments, bindings)),
    documents: toldDocuments(documents),
    decisions: toldDecisions(
      facts.decisions,
      facts.requests,
      facts.moments,
      phases.map(({ key }) => key),
    ),
    openGates: facts.requests.filter(({ state }) => state === 'pending'),
    outputs: facts.outputs,
    personas: [...bindings],
    protectedFiles: facts.protectedFiles,
    unnamedFiles: unnamedFiles(changes, documents),
  };
}

/** The artifacts of a run as values, in the order of the facts. */
export function readDocuments({ documents, schemas }: Pick<StoryFacts, 'documents' | 'schemas'>): ReadDocument[] {
  return documents.map((document) => ({
    document,
    schemas: (document.schemasHash === null ? undefined : schemas[document.schemasHash]) ?? {},
    value: valueOf(document),
    isNewest: !documents.some(({ phaseKey, round }) => phaseKey === document.phaseKey && round > document.round),
  }));
}

function valueOf({ raw }: StoryDocument): JsonValue | undefined {
  if (raw === null) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(raw), (byte) => byte.charCodeAt(0)))) as JsonValue;
  } catch {
    return undefined;
  }
}

function toldDocuments(documents: readonly ReadDocument[]): ToldDocument[] {
  const bytes = Math.max(1_000, Math.min(DOCUMENT_BYTES, Math.floor(DOCUMENTS_BYTES / Math.max(1, documents.length))));
  return documents.map(({ document: { phaseKey, round, path, sha256, schemaId }, schemas, value, isNewest }) => {
    const rendered =
      value === undefined
        ? { headline: { summary: null, verdict: null }, markdown: '', cut: true }
        : renderArtifact(schemas, schemaId, value, { bytes });
    return { phaseKey, round, path, sha256, ...rendered, isNewest };
  });
}

function costsOf(
  { key, role }: PhaseFacts,
  facts: StoryFacts,
  segments: readonly Segment[],
  bindings: readonly BindingFacts[],
): PhaseCosts {
  const calls = facts.calls.filter(({ phaseKey }) => phaseKey === key);
  const own = <T extends { phaseKey: string | null }>(of: readonly T[]): T[] =>
    of.filter(({ phaseKey }) => phaseKey === key);
  return {
    key,
    gates: facts.gates[key] ?? [],
    model: bindings.find((binding) => binding.role === role)?.model ?? null,
    ...timesOf(own(segments), own(facts.commandTimes)),
    calls: calls.reduce((sum, of) => sum + of.calls, 0),
    costUsd: toUsd(calls.reduce((sum, of) => addMoney(sum, of.costMicroUsd), NO_MONEY)),
    unpricedCalls: calls.reduce((sum, of) => sum + of.unpricedCalls, 0),
  };
}

/** Nothing can be said where an artifact could not be read. */
function unnamedFiles(changes: Changes | null, documents: readonly ReadDocument[]): string[] {
  if (changes === null || documents.some(({ value }) => value === undefined)) return [];
  // as a text: it has every string of the document; paths have no mark that JSON writes otherwise, as a rule
  const texts = documents.map(({ value }) => JSON.stringify(value));
  return changes.files
    .map(({ path }) => path)
    .filter((path) => !texts.some((text) => text.includes(JSON.stringify(path).slice(1, -1))))
    .slice(0, MOST_UNNAMED);
}
