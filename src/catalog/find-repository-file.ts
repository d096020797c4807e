import { TextDecoder } from 'node:util';
import { repositoryIssues } from '../domain/check/repository-rules.js';
import type { RepositoryFile } from '../domain/check/repository-file.js';
import { checkedContent, fileError } from './checked-document.js';
import { parseSource, unusableSource, type SourceDocument } from './source-document.js';

const INVALID = 'repository_file_invalid';

/**
 * Checks the file in which a repository says how it is built and checked.
 *
 * @param name - how people find the file, for messages
 * @param bytes - its content, or why there is none to read
 * @param keys - names of the variables that hold keys of backends
 * @throws PhasegateError `repository_file_invalid` with file, line and column
 */
export async function checkRepositoryFile(
  name: string,
  bytes: Uint8Array | { refused: string },
  keys: readonly string[],
): Promise<RepositoryFile> {
  const document = 'refused' in bytes ? unusableSource(name, bytes.refused) : await parse(name, bytes);
  const file = checkedContent(document, INVALID) as unknown as RepositoryFile;
  const issues = repositoryIssues(file, keys);
  if (issues.length > 0) throw await fileError(document, INVALID, issues);
  return file;
}

async function parse(name: string, bytes: Uint8Array): Promise<SourceDocument> {
  try {
    return await parseSource(name, new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'repository');
  } catch (error) {
    if (error instanceof TypeError) return unusableSource(name, 'the file is not UTF-8 text');
    throw error;
  }
}
