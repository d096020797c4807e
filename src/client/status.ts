import type { RunStatus } from '../domain/run-status.js';
import { defineCommand } from './command.js';
import { EXIT } from './exit-codes.js';
import { print, statusText } from './output.js';
import { withRun } from './with-client.js';

/** `status W`: where a run stands, answered by the run itself (open or closed). */
export const status = defineCommand({
  usage: 'W',
  about: 'where a run stands',
  words: ['workflow id'],
  options: {},
  run: async ({ json }, [workflowId = '']) => {
    const found = await withRun(workflowId, (handle) => handle.query<RunStatus>('status'));
    print(json, found, statusText(found));
    return EXIT.ok;
  },
});
