import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PhasegateError, type FailureCode } from '../domain/failures.js';
import type { OwnSchema } from '../offload/own-schemas.js';
import { parseSource, unusableSource, type SourceDocument } from './source-document.js';

/** Far above any real file. A larger file is a mistake. */
const MAX_FILE_BYTES = 512 * 1024;
const MAX_FILES = 1_000;
const MAX_DEPTH = 5;
const EXTENSION = /\.(?:ya?ml|json)$/i;

/**
 * Reads every YAML and JSON file of a folder and of the folders below it, sorted by name. Hidden files and
 * `node_modules` are left out. Symbolic links are followed, because mounted configuration consists of them. A file that
 * can't be read becomes a document with a problem, so that only runs that need it are stopped.
 *
 * @param missing - the failure's code when the folder is not there
 * @param about - what the folder holds, and the variable that names it, for the message
 * @param format - the one of our own formats that the files must have
 * @throws PhasegateError `missing`: no such folder, or too many files
 */
export async function readFolder(
  folder: string,
  missing: FailureCode,
  about: string,
  format?: OwnSchema,
): Promise<SourceDocument[]> {
  const files: string[] = [];
  try {
    await collect(folder, 0, files);
  } catch (error) {
    throw new PhasegateError(
      missing,
      `cannot read the folder of ${about}, ${folder}: ${(error as Error).message}`,
      {},
      { cause: error },
    );
  }
  const documents: SourceDocument[] = [];
  // one after another: a folder of slow files is one job in the queue of the second thread, not a thousand
  for (const file of files.sort()) documents.push(await readSource(file, format));
  return documents;
}

async function collect(folder: string, depth: number, files: string[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    const full = path.join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await stat(full).catch(() => entry) : entry;
    if (kind.isDirectory() && depth < MAX_DEPTH) await collect(full, depth + 1, files);
    else if (EXTENSION.test(entry.name)) files.push(full);
    if (files.length > MAX_FILES)
      throw new Error(`it holds more than ${MAX_FILES} YAML and JSON files; is it the right one?`);
  }
}

/**
 * Reads one YAML or JSON file. A file that can't be read becomes a document with a problem.
 *
 * @param format - the one of our own formats that the file must have
 */
export async function readSource(file: string, format?: OwnSchema): Promise<SourceDocument> {
  let text: string;
  try {
    const stats = await stat(file);
    if (!stats.isFile()) return unusableSource(file, 'it is not a regular file');
    const { size } = stats;
    if (size > MAX_FILE_BYTES) return unusableSource(file, `the file is ${size} bytes, the limit is ${MAX_FILE_BYTES}`);
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    return unusableSource(file, error instanceof TypeError ? 'the file is not UTF-8 text' : (error as Error).message);
  }
  return parseSource(file, text, format);
}
