import { resetBeforePhase } from '../../temporal/reset-run.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { HISTORY_TIMEOUT_MS, withClient } from '../command-line/with-client.js';

/** `reset W --phase P`: the phase and all later ones are done again, on the repository as it was then. */
export const reset = defineCommand({
  usage: 'W --phase P [--reason TEXT] [--reapply]',
  about: 'do a phase, and what follows, again',
  words: ['workflow id'],
  options: {
    phase: { type: 'string', value: 'P', about: 'the first phase that is done again' },
    reason: { type: 'string', about: "why, for Temporal's record" },
    reapply: { type: 'boolean', about: 'apply signals and updates again that came after that point' },
  },
  run: async ({ phase = '', reason = 'npm run client -- reset', reapply = false, json }, [workflowId = '']) => {
    const options = { phase, reason, reapply };
    const point = await withClient((client) => resetBeforePhase(client, workflowId, options), HISTORY_TIMEOUT_MS);
    const command = `temporal workflow reset --workflow-id ${workflowId} --event-id ${point.eventId} --reason …${reapply ? '' : ' --reapply-exclude Signal,Update'}`;
    print(
      json,
      { workflowId, ...point },
      `${workflowId} goes on before ${phase} (execution ${point.executionRunId}); the same by: ${command}`,
    );
    return EXIT.ok;
  },
});
