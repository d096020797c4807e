import { log } from '@temporalio/activity';
import type { PlannedCommands } from '../../domain/check/planned-check.js';
import { commandText, endText, secondsText } from '../../domain/check/check-text.js';
import { headAndTail } from '../../domain/check/head-and-tail.js';
import { isAsExpected } from '../../domain/check/judge-check.js';
import { cut, PhasegateError } from '../../domain/failures.js';
import { canonicalJson, sha256 } from '../../domain/text/hash.js';
import type { JsonObject } from '../../domain/text/json.js';
import { formsOf } from '../../sandbox/host/mask.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import { noteSetUp, type Checked } from '../../workspace/checked/open-checked.js';
import { holdingSecrets } from '../../workspace/checked/withheld.js';
import { changedFiles, otherFiles, writeAnew } from '../../workspace/checked/put-tree.js';
import { occurrenceOf, recordNextEvent } from '../phase/phase-records.js';
import { commandEnv, mayGetSecrets } from './command-env.js';
import { runIn, toRow, type CommandPlace } from './command-place.js';
import { refuseHostNetwork } from './host-network.js';

const MOST_LISTED = 20;
/** Of an output that goes into Temporal's history. */
const TAIL_BYTES = 900;

/** Identifies a set-up: its steps, and the tree on which they ran. */
export function setUpHash({ setup }: PlannedCommands, baseCommit: string, kind: Sandbox['kind']): string {
  return sha256(canonicalJson([setup, baseCommit, kind] as unknown));
}

/**
 * Makes the worktree of the checks ready, once. Its steps run in order, on the tree of the base commit. What they made
 * stays there. Files of the repository that they changed are put back.
 *
 * @param tree - of the base commit
 * @throws PhasegateError `setup_failed` with the end of the output: nothing was paid yet; `network_not_allowed`
 */
export async function setUp(place: CommandPlace, tree: string, hash: string): Promise<Checked> {
  const { run, signal } = place;
  const { task, deps } = run;
  const { setup, env } = task.commands;
  refuseHostNetwork(task.commands, deps.config.sandboxHostNetwork);
  const steps: JsonObject[] = [];
  for (const [index, { run: command, network, timeoutMs }] of setup.entries()) {
    const name = `setup ${index + 1}`;
    log.info('set-up', { phase: task.phase.key, name, command: cut(commandText(command), 200) });
    const ran = await runIn(place, { command, access: 'write', network, timeoutMs });
    const isDone = isAsExpected('pass', ran);
    const id = `${occurrenceOf(task)}:${run.attempt}:setup:${index + 1}`;
    const outcome = isDone ? 'passed' : 'failed';
    await deps.mirror.recordCheckRun(
      task.run,
      toRow(place, { id, kind: 'setup', name, command, expect: 'pass', tree, outcome }, ran),
    );
    if (!isDone) throw failed(name, commandText(command), ran);
    const { end, exitCode, durationMs } = ran;
    steps.push({ name, end, exitCode, durationMs, network: typeof network === 'string' ? network : [...network] });
  }
  const putBack = setup.length === 0 ? [] : await changedFiles(place.checked, signal);
  if (setup.length > 0) await writeAnew(place.checked, signal, tree);
  const made = setup.length === 0 ? [] : await otherFiles(place.checked, signal);
  const unnamed = made.filter((path) => path.includes('\uFFFD'));
  if (unnamed.length > 0)
    throw new PhasegateError(
      'setup_failed',
      `the set-up made ${unnamed.length} files whose names are no UTF-8, such as ${JSON.stringify(cut(unnamed[0] ?? '', 200))}: let it name them otherwise, or put their folder into .gitignore`,
    );
  const { missing, secrets } = commandEnv(env, deps.env, deps.config.commandEnv);
  const withheld = mayGetSecrets(env) ? await holdingSecrets(place.checked, made, formsOf(secrets), signal) : [];
  if (setup.length > 0)
    await recordNextEvent(run, {
      type: 'setup_completed',
      attempt: run.attempt,
      payload: {
        steps,
        sandbox: place.sandbox.kind,
        putBack: putBack.slice(0, MOST_LISTED),
        missingVariables: missing,
        ...(withheld.length > 0 && { withheld: withheld.slice(0, MOST_LISTED) }),
      },
    });
  return noteSetUp(place.checked, { hash, made, putBack: putBack.slice(0, MOST_LISTED), withheld });
}

function failed(name: string, command: string, ran: Awaited<ReturnType<typeof runIn>>): PhasegateError {
  const { text } = headAndTail(ran.output.slice(-4 * TAIL_BYTES), TAIL_BYTES);
  const said = text === '' ? 'it wrote nothing' : `the end of its output: ${text}`;
  return new PhasegateError(
    'setup_failed',
    `${name} (${cut(command, 200)}) failed: ${endText(ran)} after ${secondsText(ran.durationMs)}; ${said}`,
  );
}
