import { readConfig } from '../../config.js';
import { rebuildRun } from '../../upkeep/rebuild-run.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { HISTORY_TIMEOUT_MS, withClient } from '../command-line/with-client.js';
import { withMirror } from '../command-line/with-mirror.js';
import { verifyText } from './verify.js';

/** `rebuild W`: makes a run's rows again where they are lost or damaged, and says which could not be made. */
export const rebuild = defineCommand({
  usage: 'W',
  about: "make a run's rows in the mirror again, from Temporal's history, its folder and its conversations",
  words: ['workflow id or run id'],
  options: {},
  run: async ({ json }, [id = '']) => {
    const { workspaceRoot } = readConfig(process.env, ['workspaceRoot']);
    const { done, after } = await withMirror((mirror) =>
      withClient((client) => rebuildRun(client, mirror, id, workspaceRoot), HISTORY_TIMEOUT_MS),
    );
    const { run, events, findings } = after;
    print(
      json,
      { runId: run.runId, workflowId: run.workflowId, done, events, findings },
      [...done, verifyText(run, events, findings)].join('\n'),
    );
    return findings.length === 0 ? EXIT.ok : EXIT.failed;
  },
});
