import type { JsonValue } from '../domain/text/json.js';

/** Deepest nesting of a catalog file. */
export const MAX_DEPTH = 64;
export const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;

/** A place in a file; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Why a file can't be used at all. */
export type SourceProblem = Place & { message: string };

/** A YAML or JSON text as data, with the way back from the data to the text. */
export interface ParsedSource {
  /** The content. When the text has a problem, it is the part that could be read, to tell whose file it is. */
  value: JsonValue | undefined;
  problem: SourceProblem | null;
  /**
   * The place of a value (or of a member's key). When the pointer leads nowhere, it is the place of the nearest value
   * around it.
   *
   * @param pointer - JSON pointer
   */
  placeOf(pointer: string, part?: 'key' | 'value'): Place;
}

/** A text of which nothing can be read. */
export function unusable(message: string, place: Place = { line: 1, column: 1 }): ParsedSource {
  return { value: undefined, problem: { ...place, message }, placeOf: () => place };
}

/** One thing that is wrong in a file, or in an input. */
export interface Issue {
  /** JSON pointer to the value that is wrong, or to the object around it. */
  pointer: string;
  message: string;
  /** The issue is about this pointer's key, not its value. */
  aboutKey?: boolean;
}

/** An issue with its place in its file. */
export type PlacedIssue = Issue & Place;
