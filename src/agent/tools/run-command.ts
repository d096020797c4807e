import { z } from 'zod';
import { endText, secondsText } from '../../domain/check/check-text.js';
import { headAndTail } from '../../domain/check/head-and-tail.js';
import type { AgentCommands } from '../agent-request.js';
import { defineTool, type AgentTool } from './agent-tool.js';

const DEFAULT_SECONDS = 120;
const MOST_SECONDS = 600;
const LONGEST_COMMAND = 8_000;
const SHOWN_BYTES = 16_000;

/** The tool `run_command`: runs a line in the shell, in the sandbox. */
export function runCommand(commands: AgentCommands): AgentTool {
  const changes = commands.keepsChanges ? '' : ' What it changes is thrown away when it has ended.';
  return defineTool({
    name: 'run_command',
    description: `Run a line in /bin/sh, in repo/, without network or terminal. What it starts ends with it.${changes} git can read, and can't commit.`,
    shape: {
      command: z.string().min(1).max(LONGEST_COMMAND),
      timeout: z.coerce.number().optional().describe(`seconds, default ${DEFAULT_SECONDS}, most ${MOST_SECONDS}`),
    },
    async run({ command, timeout = DEFAULT_SECONDS }, context) {
      const seconds = Math.min(MOST_SECONDS, Math.max(1, timeout));
      const ended = await commands.run(command, seconds * 1_000, context.signal);
      context.exited?.(ended.exitCode);
      const { text, leftOut } = headAndTail(ended.output, SHOWN_BYTES);
      return [
        `${endText(ended)} after ${secondsText(ended.durationMs)}`,
        text === '' ? '(no output)' : text,
        ...(leftOut > 0 ? [`[the whole output is in ${ended.outputFile}; read it with read_file]`] : []),
      ].join('\n');
    },
  });
}
