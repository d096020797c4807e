import type { FileToolName } from '../../domain/names.js';
import type { ArtifactGoal } from '../agent-request.js';
import type { AgentTool } from './agent-tool.js';
import { editFile } from './edit-file.js';
import { glob } from './glob.js';
import { grep } from './grep.js';
import { ls } from './ls.js';
import { readFile } from './read-file.js';
import { writeArtifact } from './write-artifact.js';
import { writeFile } from './write-file.js';

const FILE_TOOLS: Record<FileToolName, AgentTool> = {
  ls,
  read_file: readFile,
  write_file: writeFile,
  edit_file: editFile,
  glob,
  grep,
};

/**
 * The tools of an agent: those that its persona names, and `write_artifact` where the schema allows it.
 *
 * @param names - as the persona has them
 */
export function toolsFor(names: readonly FileToolName[], artifact: ArtifactGoal): AgentTool[] {
  const ofArtifact = writeArtifact(artifact);
  return [...new Set(names)].map((name) => FILE_TOOLS[name]).concat(ofArtifact ?? []);
}
