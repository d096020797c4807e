import type { JsonValue } from '../text/json.js';
import type { Schemas } from '../template/schema-place.js';
import { artifactBlocks } from './artifact-blocks.js';
import type { Headline, RenderLimits } from './blocks.js';
import { writeHtml } from './write-html.js';
import { writeMarkdown } from './write-markdown.js';
import { writeText, type Mark } from './write-text.js';

/**
 * An artifact in Markdown: its headline, then its fields by the titles and in the order of the schema. Nothing in it is
 * live, any value and any schema can be given, and it takes linear time. It may run in a workflow.
 *
 * @param schemas - the artifact's schema and all that it refers to, by `$id` (`Plan.schemas` has them)
 * @param schemaId - `$id` of the artifact's schema; one that is not there gives the fields in their own order
 * @param value - the artifact, valid or not
 * @param limits - the most that is shown; by default 64,000 bytes
 * @returns `cut` where something was left out
 */
export function renderArtifact(
  schemas: Schemas,
  schemaId: string,
  value: JsonValue,
  limits?: Partial<RenderLimits>,
): { headline: Headline; markdown: string; cut: boolean } {
  const { headline, blocks, cut } = artifactBlocks(schemas, schemaId, value, 'markdown', limits);
  return { headline, markdown: writeMarkdown(blocks), cut };
}

/** As {@link renderArtifact}, in HTML for a page of ours. */
export function renderArtifactHtml(
  schemas: Schemas,
  schemaId: string,
  value: JsonValue,
  limits?: Partial<RenderLimits>,
): { headline: Headline; html: string; cut: boolean } {
  const { headline, blocks, cut } = artifactBlocks(schemas, schemaId, value, 'html', limits);
  return { headline, html: writeHtml(blocks), cut };
}

/**
 * As {@link renderArtifact}, as plain text for a terminal.
 *
 * @param width - columns of a line
 */
export function renderArtifactText(
  schemas: Schemas,
  schemaId: string,
  value: JsonValue,
  { width, mark, limits }: { width: number; mark: Mark; limits?: Partial<RenderLimits> },
): { headline: Headline; text: string; cut: boolean } {
  const { headline, blocks, cut } = artifactBlocks(schemas, schemaId, value, 'markdown', limits);
  return { headline, text: writeText(blocks, width, mark), cut };
}
