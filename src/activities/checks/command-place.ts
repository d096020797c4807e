import type { CheckRun } from '../../domain/check/check-run.js';
import { commandText } from '../../domain/check/check-text.js';
import type { CommandLine, CommandNetwork } from '../../domain/check/command.js';
import type { Ended } from '../../domain/check/judge-check.js';
import type { CommandResult, Sandbox } from '../../sandbox/sandbox.js';
import type { AttemptFence } from '../../workspace/attempt-fence.js';
import { homeOf, type Checked } from '../../workspace/checked/open-checked.js';
import { gitView } from '../../workspace/git/git-view.js';
import type { PhaseRun } from '../phase/phase-run.js';
import { commandEnv } from './command-env.js';

/** Where a phase's commands run. */
export interface CommandPlace {
  run: PhaseRun;
  fence: AttemptFence;
  sandbox: Sandbox;
  checked: Checked;
  /** Fires when the attempt must stop: cancelled, or no longer the newest. */
  signal: AbortSignal;
}

/** A command that is to run. */
export interface CommandSpec {
  command: CommandLine;
  access: 'write' | 'throw_away';
  network: CommandNetwork;
  timeoutMs: number;
}

/** A command that has run, as it is recorded. */
export type Ran = Ended & { durationMs: number; output: string; outputSha256: string; outputBytes: number };

/** Runs a command in the worktree of the checks. */
export async function runIn(place: CommandPlace, spec: CommandSpec): Promise<Ran> {
  const { run, sandbox, checked, fence, signal } = place;
  const { env, secrets } = commandEnv(run.task.commands.env, run.deps.env, run.deps.config.commandEnv);
  fence.check();
  const result = await sandbox.run({
    run: spec.command,
    folder: checked.repo,
    home: { folder: homeOf(checked), access: spec.access },
    access: spec.access,
    git: await gitView(checked, signal),
    network: spec.network,
    env,
    secrets,
    timeoutMs: spec.timeoutMs,
    signal,
  });
  fence.check();
  return toRan(result);
}

function toRan({ end, exitCode, signal, durationMs, output }: CommandResult): Ran {
  const { text, sha256, bytes } = output;
  // whole milliseconds, so that a row that is read again says the same
  return {
    end,
    exitCode,
    signal,
    durationMs: Math.round(durationMs),
    output: text,
    outputSha256: sha256,
    outputBytes: bytes,
  };
}

/** The row of a run of a command. */
export function toRow(
  { run: { task, attempt }, sandbox }: CommandPlace,
  {
    id,
    kind,
    name,
    command,
    expect,
    tree,
    outcome,
  }: Pick<CheckRun, 'id' | 'kind' | 'name' | 'expect' | 'tree' | 'outcome'> & {
    command: CommandLine;
  },
  ran: Ran,
): CheckRun {
  return {
    ...{ id, kind, name, expect, tree, outcome, attempt },
    ...ran,
    phaseKey: task.phase.key,
    round: task.round,
    command: commandText(command),
    commit: task.head,
    sandbox: sandbox.kind,
    ts: new Date().toISOString(),
  };
}
