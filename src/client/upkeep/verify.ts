import type { RunRef } from '../../domain/run-state.js';
import type { Finding } from '../../domain/record/verify-run.js';
import { compareRun } from '../../upkeep/compare-run.js';
import { asCalled } from '../command-line/as-called.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { HISTORY_TIMEOUT_MS, withClient } from '../command-line/with-client.js';
import { withMirror } from '../command-line/with-mirror.js';

/** `verify W`: whether the mirror has the same about a run as Temporal's history, event by event. */
export const verify = defineCommand({
  usage: 'W',
  about: "compare what the mirror holds of a run with Temporal's history",
  words: ['workflow id or run id'],
  options: {},
  run: async ({ json }, [id = '']) => {
    const { run, events, findings } = await withMirror((mirror) =>
      withClient((client) => compareRun(client, mirror, id), HISTORY_TIMEOUT_MS),
    );
    print(
      json,
      { runId: run.runId, workflowId: run.workflowId, events, findings },
      asCalled(verifyText(run, events, findings)),
    );
    return findings.length === 0 ? EXIT.ok : EXIT.failed;
  },
});

/** The result of a comparison, for people. */
export function verifyText({ workflowId, runId }: RunRef, events: number, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${workflowId} (run ${runId}): the mirror agrees with history, ${events} events`;
  return [
    `${workflowId} (run ${runId}): the mirror differs from history:`,
    ...findings.map(({ kind, text }) => `${kind}: ${text}`),
  ].join('\n');
}
