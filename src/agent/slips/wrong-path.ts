import type { AgentStateValues } from '../agent-state.js';
import type { Answered } from '../conversation/conversation.js';
import { changedAnswer } from './changed-answer.js';

const FOLDER = 'artifacts/';
const MOST_NAMED = 5;

/**
 * Whether a path lies where only artifacts lie, and is not the phase's. Such a file is moved aside when the phase ends,
 * so no later phase takes it for an artifact.
 */
export function isStray(path: string, artifactPath: string): boolean {
  return path.startsWith(FOLDER) && path !== artifactPath;
}

/** Tells the model the right path, in the answer of a call that wrote to another place for artifacts. */
export function withRightPath(answered: Answered, artifactPath: string): Answered {
  const { audit, wrote } = answered;
  if (audit.outcome !== 'ok' || !wrote.some((path) => isMistaken(path, artifactPath))) return answered;
  const isJson = wrote.some((path) => path.endsWith('.json'));
  const rest = wrote.some((path) => isStray(path, artifactPath))
    ? ' Other files in artifacts/ are not for later phases: they are moved away when this phase ends.'
    : '';
  return changedAnswer(answered, {
    add: `This phase's artifact is ${artifactPath}.${rest}`,
    slip: isJson ? 'wrong_path' : null,
  });
}

/** `repo/artifacts/design.json` is in the repository, and easily taken for the artifact. */
function isMistaken(path: string, artifactPath: string): boolean {
  return isStray(path, artifactPath) || path === `repo/${artifactPath}`;
}

/** JSON files that were written instead of the artifact in this attempt. A wrong path is the commonest mistake. */
export function writtenElsewhere({ written, attempt }: AgentStateValues, artifactPath: string): string[] {
  const paths = written
    .filter((file) => file.attempt === attempt && file.path.endsWith('.json') && isMistaken(file.path, artifactPath))
    .map(({ path }) => path);
  return [...new Set(paths)].slice(0, MOST_NAMED);
}
