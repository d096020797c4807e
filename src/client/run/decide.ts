import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { DecisionAction } from '../../domain/gate-decisions.js';
import { PhasegateError } from '../../domain/failures.js';
import { beginsLater } from '../../temporal/execution-state.js';
import { readNumber } from '../command-line/arguments.js';
import { asCalled } from '../command-line/as-called.js';
import { defineCommand, type Command } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printableLines } from '../command-line/printable.js';
import { withRun } from '../command-line/with-client.js';

const ABOUT: Record<DecisionAction, string> = {
  approve: 'approve the open gate',
  reject: 'reject the open gate: the run fails',
  abort: 'abort the run',
  requestChanges: 'let the phase work on its artifact again; needs --comment',
};

/** Only a request for changes may name an earlier phase. */
const BACK = {
  to: { type: 'string', value: 'P', about: 'send the work back to this earlier phase: it and all after it run again' },
} as const;

interface Answer {
  applied: boolean;
  message: string;
}

/**
 * The command for a decision (S15). It sends an update, so that the run itself answers whether the decision counts.
 * With `--signal` it sends a signal, which is kept while no worker runs. `status` then shows its effect.
 */
export function decide(action: DecisionAction): Command {
  return defineCommand({
    usage: 'W [--phase P] [--gate G] [--by NAME] [--comment TEXT] …',
    about: ABOUT[action],
    words: ['workflow id'],
    options: {
      phase: { type: 'string', value: 'P', about: 'the phase of the gate' },
      gate: { type: 'string', value: 'G', about: 'the gate; needed where several are open' },
      by: { type: 'string', value: 'NAME', about: 'your name, as you give it: nobody checks it' },
      comment: { type: 'string', about: 'why' },
      'artifact-sha256': {
        type: 'string',
        value: 'HASH',
        about: 'sha256 of the artifact that you looked at: the decision is refused for another one',
      },
      ...(action === 'requestChanges' ? BACK : {}),
      'budget-usd': { type: 'string', value: 'NUMBER', about: 'at the gate budget: a new limit for the whole run' },
      'budget-tokens': { type: 'string', value: 'NUMBER', about: 'the same in tokens' },
      signal: { type: 'boolean', about: 'send a signal: it waits until a worker runs; status shows its effect' },
    },
    run: async (
      { phase, gate, by, comment, 'artifact-sha256': artifactSha256, to, signal, json, ...limits },
      [workflowId = ''],
    ) => {
      if (action === 'requestChanges' && !comment?.trim())
        throw new PhasegateError('usage_invalid', "--comment is missing: --comment 'what is to change'");
      const budget = {
        budgetUsd: readNumber(limits['budget-usd'], '--budget-usd'),
        budgetTokens: readNumber(limits['budget-tokens'], '--budget-tokens'),
      };
      const payload = { phase, gate, by, comment, artifactSha256, to, ...budget };
      const answer = signal
        ? await sendSignal(workflowId, action, payload)
        : await sendUpdate(workflowId, { action, ...payload });
      print(json, answer, printableLines(answer.message));
      return EXIT.ok;
    },
  });
}

async function sendSignal(workflowId: string, action: string, payload: object): Promise<Answer> {
  await withRun(workflowId, (handle) => handle.signal(action, payload));
  return {
    applied: false,
    message: asCalled(
      `${action} is sent to ${workflowId}; npm run client -- status ${workflowId} shows what became of it`,
    ),
  };
}

async function sendUpdate(workflowId: string, payload: object): Promise<Answer> {
  try {
    return await withRun(workflowId, async (handle) => {
      // an update would make a run begin that waits for its start delay; a query only fails
      if (beginsLater(await handle.describe())) await handle.query('status');
      return handle.executeUpdate<Answer, [object]>('decide', { args: [payload] });
    });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      throw new PhasegateError('decision_refused', error.cause?.message ?? error.message);
    if (!(error instanceof PhasegateError) || error.code !== 'worker_unavailable') throw error;
    throw new PhasegateError(
      'worker_unavailable',
      `${error.message}; the run may still apply the decision when a worker is back: look at status before you decide again, or use --signal`,
    );
  }
}
