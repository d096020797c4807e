import { PhasegateError, type FailureCode } from '../../domain/failures.js';
import type { RunStatus } from '../../domain/run-status.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { newestDelivery } from './newest-delivery.js';
import { statusText } from './status-text.js';
import { printableLines } from '../command-line/printable.js';
import { withRun } from '../command-line/with-client.js';

/** `status W`: where a run stands. The run itself answers, whether it is open or closed. */
export const status = defineCommand({
  usage: 'W',
  about: 'where a run stands',
  words: ['workflow id'],
  options: {},
  run: async ({ json }, [workflowId = '']) => {
    try {
      const { found, delivery } = await withRun(workflowId, async (handle, client) => {
        const status = await handle.query<RunStatus>('status');
        // it is ordered when the run has completed
        const isDone = status.state === 'completed';
        return { found: status, delivery: isDone ? await newestDelivery(client, status.run.runId) : null };
      });
      const lines = [statusText(found), ...(delivery === null ? [] : [delivery])];
      print(json, delivery === null ? found : { ...found, delivery }, lines.join('\n'));
    } catch (error) {
      const state = error instanceof PhasegateError ? SILENT[error.code] : undefined;
      if (!(error instanceof PhasegateError) || state === undefined) throw error;
      print(json, { workflowId, state, ...error.details, message: error.message }, printableLines(error.message));
    }
    return EXIT.ok;
  },
});

/** Where a run stands that can't be asked just now, as far as the failed question shows. */
const SILENT: Partial<Record<FailureCode, string>> = { run_not_begun: 'not_begun', run_held: 'held' };
