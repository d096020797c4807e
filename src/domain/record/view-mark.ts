import { isJsonObject, type JsonObject } from '../text/json.js';

/**
 * A row of a conversation that says how the model sees it from there on. What was said stays in its own rows.
 *
 * - `cut`: before the message with this id, each result of a tool and each long argument is shown as one line.
 * - `summary`: what was said up to the message with this id is shown as this text. A failed one changes nothing.
 * - `limit`: the model's provider refused a request for its length.
 */
export type ViewMark =
  | { kind: 'cut'; before: string }
  | { kind: 'summary'; upTo: string; text: string; failed: string | null }
  | {
      kind: 'limit';
      backend: string;
      model: string;
      /** Tokens that its context has for prompt and reply, as the provider named them, or else as they are estimated. */
      tokens: number;
      /** The size of the refused request, in tokens as they are estimated from its bytes. */
      sent: number;
    };

/** The fields of a row that a mark is kept in. */
export interface MarkRow {
  id: string;
  role: ViewMark['kind'];
  message: JsonObject;
}

const KINDS: readonly string[] = ['cut', 'summary', 'limit'] satisfies ViewMark['kind'][];

/** @param id - unique in the conversation */
export function markRow(id: string, { kind, ...fields }: ViewMark): MarkRow {
  return { id, role: kind, message: fields };
}

/** The mark that a row is; null for a row that somebody said. */
export function markOf({ role, message }: { role: string; message: unknown }): ViewMark | null {
  return KINDS.includes(role) && isJsonObject(message) ? ({ kind: role, ...message } as unknown as ViewMark) : null;
}
