import type { JsonValue } from '../text/json.js';

/** What a busy reader must know of an artifact. */
export interface Headline {
  /** The first string named `summary`; null where there is none. */
  summary: string | null;
  /** A `verdict` or `status` whose schema lists its values; null where there is none. */
  verdict: { name: string; value: string } | null;
}

/** A part of an artifact as people read it. Its texts are as the agent wrote them: each writer escapes them. */
export type Block =
  | { kind: 'verdict'; name: string; value: string }
  | { kind: 'heading'; depth: number; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'field'; label: string; text: string }
  | { kind: 'list'; items: Block[][] }
  | { kind: 'table'; head: string[]; rows: string[][] }
  /** A sentence of the renderer's own. */
  | { kind: 'note'; text: string };

/** How much of an artifact is shown. */
export interface RenderLimits {
  /** Longest result in UTF-8 bytes, in Markdown and in HTML alike. */
  bytes: number;
  /** Most members of one list, and rows of one table. */
  rows: number;
  /** How deep values may be nested. */
  depth: number;
}

export const RENDER_LIMITS: Readonly<RenderLimits> = { bytes: 64_000, rows: 200, depth: 8 };

/** An artifact as blocks. */
export interface Rendered {
  headline: Headline;
  blocks: Block[];
  /** Something was left out. */
  cut: boolean;
}

/** Whether a value is no list and no object. */
export function isScalar(value: JsonValue): value is string | number | boolean | null {
  return typeof value !== 'object' || value === null;
}
