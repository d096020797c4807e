import { offload, TookTooLong } from '../offload/offload.js';
import type { OwnSchema } from '../offload/own-schemas.js';
import type { Issue, PlacedIssue, SourceProblem } from '../offload/parsed-source.js';
import type { JsonValue } from '../domain/text/json.js';

const START = { line: 1, column: 1 };

/** A YAML or JSON file as data, with the way back from the data to its text. */
export interface SourceDocument {
  file: string;
  /**
   * The content of the file. When the file has a problem, it is the part that could be read, to tell whose file it is.
   */
  value: JsonValue | undefined;
  /** Why the file can't be used at all. */
  problem: SourceProblem | null;
  /** The places where it differs from the format for which it was read. */
  issues: PlacedIssue[];
  /** Finds the places of issues. When a pointer leads nowhere, it is the place of the nearest value around it. */
  place(issues: readonly Issue[]): Promise<PlacedIssue[]>;
}

/** A file of which nothing can be read. */
export function unusableSource(file: string, message: string): SourceDocument {
  return { file, value: undefined, problem: { ...START, message }, issues: [], place: atStart };
}

/**
 * Reads the text of a file. This runs beside the one thread that all runs share: 256 kB of YAML held that thread for
 * seconds.
 *
 * @param format - the one of our own formats that the file must have; without it, any content is right
 */
export async function parseSource(file: string, text: string, format?: OwnSchema): Promise<SourceDocument> {
  const syntax = /\.json$/i.test(file) ? 'json' : 'yaml';
  try {
    const { content, problem, issues } = await offload('readSource', syntax, text, format);
    const value = content === null ? undefined : (JSON.parse(content) as JsonValue);
    return { file, value, problem, issues, place: (more) => placed(offload('placeIssues', syntax, text, more), more) };
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    return unusableSource(file, `to read the file ${error.message}: make it smaller, or simpler`);
  }
}

/** A place only helps to find an issue. The issue is told without it, too. */
async function placed(found: Promise<PlacedIssue[]>, issues: readonly Issue[]): Promise<PlacedIssue[]> {
  return found.catch((error: unknown) => {
    if (error instanceof TookTooLong) return atStart(issues);
    throw error;
  });
}

function atStart(issues: readonly Issue[]): Promise<PlacedIssue[]> {
  return Promise.resolve(issues.map((issue) => ({ ...issue, ...START })));
}
