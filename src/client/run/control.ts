import type { WorkflowHandle } from '@temporalio/client';
import type { ControlAction } from '../../domain/control-signals.js';
import { PhasegateError } from '../../domain/failures.js';
import type { RunStatus } from '../../domain/run-status.js';
import { readNumber } from '../command-line/arguments.js';
import { asCalled } from '../command-line/as-called.js';
import { defineCommand, type Command } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { withRun } from '../command-line/with-client.js';

/** How long the run may take to say what became of the signal. Without a worker it says nothing, and the signal stays. */
const ANSWER_MS = 2_000;

const ABOUT: Record<ControlAction, string> = {
  pause: 'hold before the next phase',
  resume: 'go on after a pause',
  retry: 'try the failed phase of a parked run again',
  skip: 'go on without the failed phase, where the template allows it',
};

const PEOPLE = {
  by: { type: 'string', value: 'NAME', about: 'your name, as you give it: nobody checks it' },
  comment: { type: 'string', about: 'why; after retry the agent reads it' },
} as const;

const LIMITS = {
  'budget-usd': { type: 'string', value: 'NUMBER', about: 'a new limit for the whole run' },
  'budget-tokens': { type: 'string', value: 'NUMBER', about: 'the same in tokens' },
} as const;

const optionsOf = (action: ControlAction) =>
  (action === 'retry' ? { ...PEOPLE, ...LIMITS } : PEOPLE) as typeof PEOPLE & typeof LIMITS;

/**
 * The command that pauses or resumes a run, or helps a run whose phase failed. It sends a signal, which is kept while
 * no worker runs.
 */
export function control(action: ControlAction): Command {
  return defineCommand({
    usage: `W [--by NAME] [--comment TEXT]${action === 'retry' ? ' [--budget-usd N]' : ''}`,
    about: ABOUT[action],
    words: ['workflow id'],
    options: optionsOf(action),
    run: async ({ by, comment, json, ...limits }, [workflowId = '']) => {
      const payload = {
        by,
        comment,
        budgetUsd: readNumber(limits['budget-usd'], '--budget-usd'),
        budgetTokens: readNumber(limits['budget-tokens'], '--budget-tokens'),
      };
      const refused = await withRun(workflowId, (handle) => sendControl(handle, action, payload));
      if (refused !== null) throw new PhasegateError('decision_refused', `${action} has no effect: ${refused}`);
      print(
        json,
        { sent: action, workflowId },
        asCalled(`${action} is sent to ${workflowId}; npm run client -- status ${workflowId} shows what became of it`),
      );
      return EXIT.ok;
    },
  });
}

/** Sends the signal. Gives the reason why the run did not apply it; null where it did, or where it can't answer now. */
async function sendControl(handle: WorkflowHandle, action: ControlAction, payload: object): Promise<string | null> {
  const before = await answerOf(handle);
  await handle.signal(action, payload);
  const after = before && (await answerOf(handle));
  if (!after || after.ignoredTotal === before.ignoredTotal) return null;
  return after.ignored.findLast(({ name }) => name === action)?.reason ?? null;
}

async function answerOf(handle: WorkflowHandle): Promise<RunStatus | null> {
  const { connection } = handle.client;
  return connection.withDeadline(Date.now() + ANSWER_MS, () => handle.query<RunStatus>('status')).catch(() => null);
}
