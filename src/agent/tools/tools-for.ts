import type { ToolName } from '../../domain/names.js';
import { isJsonObject } from '../../domain/text/json.js';
import type { AgentCommands, ArtifactGoal, RemoteTool } from '../agent-request.js';
import { ToolRefusal, type AgentTool } from './agent-tool.js';
import { deleteFile } from './files/delete-file.js';
import { editFile } from './files/edit-file.js';
import { gitBlame } from './git/git-blame.js';
import { gitDiff } from './git/git-diff.js';
import { gitLog } from './git/git-log.js';
import { gitShow } from './git/git-show.js';
import { glob } from './search/glob.js';
import { grep } from './search/grep.js';
import { ls } from './search/ls.js';
import { moveFile } from './files/move-file.js';
import { readFile } from './files/read-file.js';
import { runCommand } from './run-command.js';
import { writeArtifact } from './write-artifact.js';
import { writeFile } from './files/write-file.js';

const OF_FILES: Record<Exclude<ToolName, 'run_command'>, AgentTool> = {
  ls,
  read_file: readFile,
  write_file: writeFile,
  edit_file: editFile,
  delete_file: deleteFile,
  move_file: moveFile,
  glob,
  grep,
  git_diff: gitDiff,
  git_log: gitLog,
  git_show: gitShow,
  git_blame: gitBlame,
};

/**
 * The tools of an agent: those that its persona names, and `write_artifact` where the schema allows it. `run_command` is
 * left out where no commands can be run.
 *
 * @param names - as the persona has them
 * @param commands - what runs the agent's commands; null: nothing does
 * @param remote - the tools of the persona's MCP servers
 */
export function toolsFor(
  names: readonly ToolName[],
  artifact: ArtifactGoal,
  commands: AgentCommands | null,
  remote: readonly RemoteTool[] = [],
): AgentTool[] {
  const named = [...new Set(names)].flatMap((name): AgentTool[] => {
    if (name !== 'run_command') return [OF_FILES[name]];
    return commands === null ? [] : [runCommand(commands)];
  });
  return named.concat(remote.map(remoteTool), writeArtifact(artifact) ?? []);
}

function remoteTool({ name, description, parameters, call }: RemoteTool): AgentTool {
  return {
    name,
    description,
    parameters,
    run: async (args, { signal }) => {
      const answer = await call(isJsonObject(args) ? args : {}, signal);
      if ('failed' in answer) throw new ToolRefusal(answer.failed, 'failed');
      if ('refused' in answer) throw new ToolRefusal(answer.refused);
      return answer.text;
    },
  };
}
