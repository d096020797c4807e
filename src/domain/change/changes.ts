import { isJsonObject } from '../text/json.js';

/** What happened to a file between two commits. */
export type ChangeStatus = 'added' | 'modified' | 'deleted' | 'renamed' | 'type_changed';

/** A file that differs between two commits, as git has it. Nobody's word is taken for it. */
export interface ChangedFile {
  /** From the repository's folder, in UTF-8 as far as it is UTF-8; cut to {@link CHANGE_LIMITS}. */
  path: string;
  status: ChangeStatus;
  /** The path before, of a renamed file. */
  from?: string;
  /** Lines; null for a binary file, and for one that is too large to be compared. */
  added: number | null;
  removed: number | null;
}

/** How much changed. Lines are null where they could not be counted in time. */
export interface ChangeTotal {
  files: number;
  added: number | null;
  removed: number | null;
}

/** What changed between two commits: the first files in git's order, and how much it is in all. */
export interface Changes {
  files: ChangedFile[];
  total: ChangeTotal;
}

/** History and the status keep no more than this: a phase may change a million files. */
export const CHANGE_LIMITS = { files: 200, pathCharacters: 300, allCharacters: 24_000 } as const;

export const NO_CHANGES: Changes = { files: [], total: { files: 0, added: 0, removed: 0 } };

/** How much changed, in words: `+12 −3 in 4 files`. */
export function changeText({ files, added, removed }: ChangeTotal): string {
  if (files === 0) return 'no file changed';
  const lines = added === null || removed === null ? '' : `+${added} −${removed} in `;
  return `${lines}${files} ${files === 1 ? 'file' : 'files'}${lines === '' ? ' changed' : ''}`;
}

/** A changed file in one line: `modified src/a.ts +3 −1`. A name that is not plain stands in quotes. */
export function changedFileText({ path, status, from, added, removed }: ChangedFile): string {
  const lines = added === null || removed === null ? 'not counted: binary or large' : `+${added} −${removed}`;
  return `${status.replace('_', ' ')} ${plainPath(path)}${from === undefined ? '' : ` (from ${plainPath(from)})`} ${lines}`;
}

/** The first files, and how many there are in all. */
export function firstOf({ files, total }: Changes, most: number): Changes {
  return { files: files.slice(0, most), total };
}

/** Whether a value is {@link Changes}, as far as it is read. A person can complete an activity by hand. */
export function isChanges(value: unknown): value is Changes {
  if (!isJsonObject(value) || !isJsonObject(value.total) || !Array.isArray(value.files)) return false;
  const { files, added, removed } = value.total;
  return typeof files === 'number' && isCount(added) && isCount(removed) && value.files.every(isChangedFile);
}

function isChangedFile(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { path, status, from, added, removed } = value;
  return (
    typeof path === 'string' &&
    typeof status === 'string' &&
    (from === undefined || typeof from === 'string') &&
    isCount(added) &&
    isCount(removed)
  );
}

function isCount(value: unknown): boolean {
  return value === null || typeof value === 'number';
}

function plainPath(path: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(path) && !path.includes('"') ? path : JSON.stringify(path);
}
