import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../../domain/text/json.js';
import { diskFailure, nullIfMissing } from '../disk-failure.js';
import { OWN_NAMES } from '../run-folder.js';
import { writeFileAtomically } from '../write-atomically.js';

/** What a set-up left in the worktree of the checks. */
export interface SetUpDone {
  /** Identifies the steps and the commit on which they ran. */
  hash: string;
  /**
   * Files and folders that it made and that no commit has, from the worktree's folder. A folder ends with `/` and
   * stands for everything in it.
   */
  made: string[];
  /** Files among them that hold a secret: no agent gets them. Older records have none. */
  withheld?: string[];
  /** Files of the repository that it changed. They were put back. */
  putBack: string[];
}

/** The facts about the worktree of the checks. They are where no command reaches them. */
export interface CheckedRecord {
  /** Its own git directory, below `commonDir`. */
  gitDir: string;
  commonDir: string;
  /** Null until the set-up has ended well. */
  setUp: SetUpDone | null;
}

/** The record of a run's folder; null where there is none, or none that can be read: then the worktree is made anew. */
export async function readChecked(root: string): Promise<CheckedRecord | null> {
  const text = await readFile(join(root, OWN_NAMES.checkedRecord), 'utf8').catch(nullIfMissing);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is CheckedRecord {
  if (!isJsonObject(value)) return false;
  const { gitDir, commonDir, setUp } = value;
  return typeof gitDir === 'string' && typeof commonDir === 'string' && (setUp === null || isJsonObject(setUp));
}

export async function writeChecked(root: string, record: CheckedRecord): Promise<void> {
  try {
    await writeFileAtomically(join(root, OWN_NAMES.checkedRecord), `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw diskFailure(error, `the record of the checks' worktree in ${root} cannot be written`);
  }
}

/** What the set-up of a run made: see {@link SetUpDone}. */
export async function readMade(root: string): Promise<readonly string[]> {
  return (await readChecked(root))?.setUp?.made ?? [];
}
