import { memberText, prettyJson } from '../domain/text/rewrite-json.js';

/** A JSON text, or a member of it, in a form that people can read; null when there is no such member. */
export function layOutJson(text: string, member: string | null): string | null {
  const chosen = member === null ? text : memberText(text, member);
  return chosen === undefined ? null : prettyJson(chosen);
}
