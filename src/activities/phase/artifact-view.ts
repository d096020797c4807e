import { MAX_VIEW_BYTES, type ArtifactView } from '../../domain/gate-view/artifact-view.js';
import { cut } from '../../domain/failures.js';
import { renderArtifact } from '../../domain/render/render-artifact.js';
import type { Schemas } from '../../domain/template/schema-place.js';
import type { JsonValue } from '../../domain/text/json.js';

/** A longer one is not parsed again for this: it would hold the worker's thread, and nobody reads it in Temporal Web. */
const MOST_CHARACTERS = 1024 * 1024;
const MOST_SUMMARY = 300;

/**
 * What people see of an artifact at its gate.
 *
 * @param content - the valid document as JSON
 * @returns null for one that is too large to be shown there
 */
export function artifactView(schemas: Schemas, schemaId: string, content: string | null): ArtifactView | null {
  if (content === null || content.length > MOST_CHARACTERS) return null;
  const value = JSON.parse(content) as JsonValue;
  const { headline, markdown } = renderArtifact(schemas, schemaId, value, { bytes: MAX_VIEW_BYTES - 200 });
  const { verdict, summary } = headline;
  const parts = [
    ...(verdict ? [`${verdict.name}: ${verdict.value}`] : []),
    ...(summary ? [cut(summary, MOST_SUMMARY)] : []),
  ];
  return { headline: parts.length === 0 ? null : parts.join(' · '), markdown };
}
