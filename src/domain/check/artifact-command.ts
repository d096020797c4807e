import { atPointer } from '../text/json-pointer.js';
import { isJsonObject, type JsonValue } from '../text/json.js';
import type { CommandLine } from './command.js';

/** Longest command that an artifact may name, and most words of it. */
const MAX_LENGTH = 4_000;
const MAX_WORDS = 200;
const MOST_FILES = 1_000;

/** What a check takes from an artifact. */
export interface ArtifactCheck {
  command: CommandLine;
  /** Files that a later phase must leave as they are, from the repository's folder; null where none are asked for. */
  files: string[] | null;
}

/**
 * Reads a check from an artifact: a command, and the files that belong to it.
 *
 * @param artifact - valid by its schema, which says nothing of what a check needs
 * @param pointer - to the command: a line for the shell, a list of words, or an object that has one of them as `run`
 * @param unchanged - to the list of files; null when there is none
 * @returns the check, or one sentence about what is wrong with it
 */
export function readArtifactCheck(
  artifact: JsonValue,
  pointer: string,
  unchanged: string | null,
): ArtifactCheck | { problem: string } {
  const named = atPointer(artifact, pointer);
  const command = readCommand(isJsonObject(named) ? named.run : named);
  if (command === null)
    return {
      problem: `${pointer} is no command: it must be a line for the shell, or a list of words, of at most ${MAX_LENGTH} characters, or an object that has one of them as \`run\``,
    };
  if (unchanged === null) return { command, files: null };
  const files = readFiles(atPointer(artifact, unchanged));
  return files === null
    ? {
        problem: `${unchanged} is no list of files: it must be a list of 1 to ${MOST_FILES} paths from the folder of the repository`,
      }
    : { command, files };
}

function readCommand(value: JsonValue | undefined): CommandLine | null {
  if (typeof value === 'string') return isWord(value) && value.trim() !== '' ? value : null;
  if (!Array.isArray(value) || value.length > MAX_WORDS || !value.every(isWord)) return null;
  return value[0]?.trim() && value.join(' ').length <= MAX_LENGTH ? value : null;
}

function isWord(value: JsonValue): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && !value.includes('\0');
}

function readFiles(value: JsonValue | undefined): string[] | null {
  // an empty list would protect nothing: a later phase could change what the command runs
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_FILES) return null;
  const files = value.map((path) => (typeof path === 'string' ? repositoryPath(path) : null));
  return files.every((path) => path !== null) ? files : null;
}

/** A path as git has it. Agents know the folder of the repository as `repo/`. */
function repositoryPath(path: string): string | null {
  if (path.length > MAX_LENGTH || path.includes('\0')) return null;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names[0] === 'repo') names.shift();
  return names.length === 0 || names.includes('..') || path.startsWith('/') ? null : names.join('/');
}
