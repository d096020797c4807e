import { atPointer, pointerToken } from '../text/json-pointer.js';
import { isJsonObject, type JsonValue } from '../text/json.js';
import type { When } from '../template/template.js';

/** The two conditions that a phase may have for its artifact; null where it has none. */
export interface Conditions {
  sendBack: When | null;
  failWhen: When | null;
}

/** Of a phase that has none. */
export const NO_CONDITIONS: Conditions = { sendBack: null, failWhen: null };

/** Which of a phase's conditions its artifact meets. History has only this, and never the artifact. */
export interface Matched {
  sendBack: boolean;
  failWhen: boolean;
}

/** Of an artifact that meets no condition. */
export const NOTHING_MATCHED: Matched = { sendBack: false, failWhen: false };

/** The conditions of a planned phase. */
export function conditionsOf(phase: { sendBack: { when: When } | null; failWhen: When | null }): Conditions {
  return { sendBack: phase.sendBack?.when ?? null, failWhen: phase.failWhen };
}

/**
 * Looks which conditions a document meets.
 *
 * @param value - valid by the schema of the artifact
 */
export function matchedOf({ sendBack, failWhen }: Conditions, value: JsonValue): Matched {
  return { sendBack: isMet(sendBack, value), failWhen: isMet(failWhen, value) };
}

/** The JSON pointer of a field in a condition: a name stands for a field of the whole document. */
export function whenPointer(field: string): string {
  return field.startsWith('/') ? field : `/${pointerToken(field)}`;
}

/** A condition as people read it: `verdict is "changes_requested"`. */
export function whenText(when: When): string {
  return Object.entries(when)
    .map(([field, constant]) => `${field} is ${JSON.stringify(constant)}`)
    .join(' and ');
}

/** Reads {@link Matched} in a result that a person may have made by hand. */
export function readMatched(value: unknown): Matched {
  if (!isJsonObject(value)) return NOTHING_MATCHED;
  return { sendBack: value.sendBack === true, failWhen: value.failWhen === true };
}

function isMet(when: When | null, value: JsonValue): boolean {
  const fields = Object.entries(when ?? {});
  return fields.length > 0 && fields.every(([field, constant]) => atPointer(value, whenPointer(field)) === constant);
}
