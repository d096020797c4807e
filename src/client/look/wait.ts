import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { PhasegateError } from '../../domain/failures.js';
import { isOpen } from '../../temporal/execution-state.js';
import { readDuration } from '../command-line/arguments.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable } from '../command-line/printable.js';
import { withRun } from '../command-line/with-client.js';

const POLL_MS = 500;
const DAY_MS = 24 * 3_600_000;

/** Where a run stood when the waiting ended. */
interface Waited {
  workflowId: string;
  /** Open gates, as `phase/gate`. */
  gates: string[];
  /** Temporal's status of a run that has ended, in small letters; null while it is open. */
  ended: string | null;
}

/**
 * `wait W --for gate|end`: for scripts. Temporal alone is asked, so that it works without a worker.
 *
 * With `--for gate` the exit code is 0 when a gate is open, and 1 when the run ended before. With `--for end` it is 0
 * when the run completed, and 1 when it ended otherwise. `wait_timed_out` has an exit code of its own.
 */
export const wait = defineCommand({
  usage: 'W --for gate|end [--gate PHASE/GATE] [--timeout DURATION]',
  about: 'wait until a gate of the run is open, or until it has ended; for scripts',
  words: ['workflow id'],
  options: {
    for: { type: 'string', value: 'gate|end', about: 'what to wait for' },
    gate: { type: 'string', value: 'NAME', about: 'with --for gate: this gate, by its name, its phase, or PHASE/GATE' },
    timeout: {
      type: 'string',
      value: 'DURATION',
      about: 'give up after this time, such as 30s or 2h (without: never)',
    },
  },
  run: async ({ for: what, gate, timeout, json }, [workflowId = '']) => {
    if (what !== 'gate' && what !== 'end')
      throw new PhasegateError(
        'usage_invalid',
        `--for must be gate or end${what === undefined ? '' : `, found ${what}`}`,
      );
    if (gate !== undefined && what === 'end') throw new PhasegateError('usage_invalid', '--gate belongs to --for gate');
    const waited = await waitFor(workflowId, what, gate, readDuration(timeout, '--timeout', 3_650 * DAY_MS));
    const { gates, ended } = waited;
    const text = ended === null ? `${workflowId} waits at ${gates.join(', ')}` : `${workflowId} has ended: ${ended}`;
    print(json, waited, printable(text, 2_000));
    return (what === 'gate') === (ended === null) && (ended ?? 'completed') === 'completed' ? EXIT.ok : EXIT.failed;
  },
});

async function waitFor(
  workflowId: string,
  what: 'gate' | 'end',
  gate: string | undefined,
  ms: number,
): Promise<Waited> {
  const until = Date.now() + ms;
  for (;;) {
    const waited = await withRun(workflowId, look);
    const isThere = what === 'gate' && waited.gates.some((open) => gate === undefined || isNamed(open, gate));
    if (waited.ended !== null || isThere) return waited;
    if (Date.now() + POLL_MS > until)
      throw new PhasegateError(
        'wait_timed_out',
        `${workflowId} ${what === 'end' ? 'has not ended' : `does not wait at ${gate ?? 'a gate'}`} after ${ms / 1_000} s`,
      );
    await sleep(POLL_MS);
  }
}

async function look(handle: WorkflowHandle): Promise<Waited> {
  const found: WorkflowExecutionDescription = await handle.describe();
  const open = isOpen(found.status.name);
  const gates = (found.searchAttributes['RunGate'] as string[] | undefined) ?? [];
  return {
    workflowId: handle.workflowId,
    gates: open ? gates : [],
    ended: open ? null : found.status.name.toLowerCase(),
  };
}

function isNamed(open: string, asked: string): boolean {
  return open === asked || open.split('/').includes(asked);
}
