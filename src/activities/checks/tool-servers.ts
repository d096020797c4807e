import type { StartToolServer } from '../../agent/agent-request.js';
import { PhasegateError } from '../../domain/failures.js';
import { converse } from '../../sandbox/converse.js';
import type { CommandResult } from '../../sandbox/sandbox.js';
import { homeOf } from '../../workspace/checked/open-checked.js';
import { gitView } from '../../workspace/git/git-view.js';
import { openWorktree } from '../../workspace/worktree/worktree.js';
import type { PhaseRun } from '../phase/phase-run.js';
import { commandEnv } from './command-env.js';
import type { CommandPlace } from './command-place.js';
import { sandboxOf } from './prepare-commands.js';

const MOST_WORDS = 400;

/**
 * What starts the local MCP servers of a phase's persona: the sandbox, as for the agent's commands, without network. A
 * server of a persona that may only read the repository can change nothing in it.
 *
 * @param place - where the checks run; null for a phase that has none and a repository without set-up
 */
export function toolServers(run: PhaseRun, place: CommandPlace | null): StartToolServer {
  const { task, folder, mayChangeRepository } = run;
  return async (command, env, signal) => {
    if (task.commands.sandbox === 'off')
      throw new PhasegateError(
        'mcp_unavailable',
        `the MCP server \`${command[0]}\` is a program, and the run was planned by a worker that runs none (PHASEGATE_SANDBOX=off)`,
      );
    const sandbox = place?.sandbox ?? (await sandboxOf(run));
    const worktree = await openWorktree(folder);
    const known = commandEnv(task.commands.env, run.deps.env, run.deps.config.commandEnv);
    const { stream, ended, stop } = await converse(sandbox, {
      run: command,
      folder: worktree.repo,
      access: mayChangeRepository ? 'write' : 'read',
      home: place === null ? undefined : { folder: homeOf(place.checked), access: 'throw_away' },
      git: await gitView(worktree, signal),
      network: 'none',
      env,
      secrets: [...Object.values(env), ...known.secrets],
      signal,
    });
    return { stream, ended: ended.then(wordsOf), stop };
  };
}

function wordsOf(result: CommandResult | null): string {
  if (result === null) return 'it was stopped';
  const { end, exitCode, output } = result;
  const how = end === 'exited' ? `with exit code ${exitCode}` : end.replaceAll('_', ' ');
  return `it ended (${how}): ${output.text.trim().slice(-MOST_WORDS)}`;
}
