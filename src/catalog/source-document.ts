import type { JsonValue } from '../domain/text/json.js';

/** A place in a file; both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A YAML or JSON file as data, with the way back from the data to its text. */
export interface SourceDocument {
  file: string;
  /**
   * The content of the file. When the file has a problem, it is the part that could be read, to tell whose file it is.
   */
  value: JsonValue | undefined;
  /** Why the file can't be used at all. */
  problem: (Place & { message: string }) | null;
  /**
   * The place of a value (or of a member's key). When the pointer leads nowhere, it is the place of the nearest value
   * around it.
   *
   * @param pointer - JSON pointer
   */
  placeOf(pointer: string, part?: 'key' | 'value'): Place;
}

/** A file of which nothing can be read. */
export function unusableSource(file: string, message: string): SourceDocument {
  const start = { line: 1, column: 1 };
  return { file, value: undefined, problem: { ...start, message }, placeOf: () => start };
}

/** One thing that is wrong in a file, or in an input. */
export interface Issue {
  /** JSON pointer to the value that is wrong, or to the object around it. */
  pointer: string;
  message: string;
  /** The issue is about this pointer's key, not its value. */
  aboutKey?: boolean;
}
