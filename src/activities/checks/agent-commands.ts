import type { AgentCommands } from '../../agent/agent-request.js';
import { COMMAND_TOOL } from '../../domain/names.js';
import { sha256 } from '../../domain/text/hash.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import { homeOf } from '../../workspace/checked/open-checked.js';
import { gitView } from '../../workspace/git/git-view.js';
import { openWorktree } from '../../workspace/worktree/worktree.js';
import type { PhaseRun } from '../phase/phase-run.js';
import { commandEnv, mayGetSecrets } from './command-env.js';
import type { CommandPlace } from './command-place.js';
import { keepText } from './output-file.js';
import { sandboxOf } from './prepare-commands.js';

/**
 * What runs the commands of a phase's agent: the sandbox, without network and without the variables of `env`, in the
 * agent's own worktree. A persona that may only read the repository has its changes thrown away.
 *
 * @param place - where the checks run; null for a phase that has none and a repository without set-up
 * @returns null when the persona has no such tool, or the run has no commands
 * @throws PhasegateError `sandbox_unavailable`, which another worker may be able to mend
 */
export async function agentCommands(
  run: PhaseRun,
  fence: AttemptFence,
  place: CommandPlace | null,
): Promise<AgentCommands | null> {
  const { task, folder } = run;
  if (task.commands.sandbox === 'off' || !task.binding.persona.tools.includes(COMMAND_TOOL)) return null;
  const sandbox = place?.sandbox ?? (await sandboxOf(run));
  const worktree = await openWorktree(folder);
  // masked all the same: the set-up may have written one into a file
  const { secrets } = commandEnv(task.commands.env, run.deps.env, run.deps.config.commandEnv);
  // a set-up that logs in leaves what it got there, such as a token in ~/.npmrc
  const sharedHome = place === null || mayGetSecrets(task.commands.env) ? null : homeOf(place.checked);
  const keepsChanges = run.mayChangeRepository;
  return {
    keepsChanges,
    run: async (command, timeoutMs, signal) => {
      fence.check();
      const {
        end,
        exitCode,
        signal: killedBy,
        durationMs,
        output,
      } = await sandbox.run({
        run: command,
        folder: worktree.repo,
        access: keepsChanges ? 'write' : 'throw_away',
        // what set-up downloaded is there, and stays as it is
        home: sharedHome === null ? undefined : { folder: sharedHome, access: 'throw_away' },
        git: await gitView(worktree, signal),
        network: 'none',
        // what a command can print, its agent can show a model and commit
        env: {},
        secrets,
        timeoutMs,
        signal,
      });
      fence.check();
      const outputFile = await keepText(folder, `command-${sha256(output.text).slice(0, 12)}.txt`, output.text);
      return { end, exitCode, signal: killedBy, durationMs, output: output.text, outputFile };
    },
  };
}
