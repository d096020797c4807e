import { cut } from '../../domain/failures.js';
import { connectClient } from '../../temporal/connection.js';
import { clientCommand, offeredDecisions } from '../../domain/gate-view/gate-commands.js';
import { asCalled } from '../command-line/as-called.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { columnsOf } from '../command-line/colour.js';
import { printable } from '../command-line/printable.js';
import { withRun } from '../command-line/with-client.js';
import { followRun } from './follow-run.js';
import { failureLines } from '../command-line/output.js';
import { checkoutText, costText, type Look } from './run-progress.js';

const WORDS = { approve: 'approve', requestChanges: 'request changes', reject: 'reject' } as const;
const CLEAR_LINE = '\r\u001B[2K';

/** `watch W`: attaches to a run, also again. Ctrl-C leaves the run as it is. */
export const watch = defineCommand({
  usage: 'W',
  about: 'follow a run until it has ended; Ctrl-C leaves the run as it is',
  words: ['workflow id'],
  options: {},
  run: async ({ json }, [workflowId = '']) => {
    const { runId } = await withRun(workflowId, async (handle) => handle.describe());
    return watchRun(workflowId, runId, `watching ${workflowId} (execution ${runId})`, json);
  },
});

/**
 * Follows a run to its end. It writes a line for each thing that happens, and in a terminal one more line that shows
 * how it stands now.
 *
 * @param first - its first line
 * @param json - instead, writes one JSON object with the run's last status
 * @returns the exit code: 0 when the run completed
 */
export async function watchRun(workflowId: string, runId: string, first: string, json: boolean): Promise<number> {
  const client = await connectClient();
  const live = process.stdout.isTTY && !json;
  const began = Date.now();
  const elapsed = (): string => `${((Date.now() - began) / 1_000).toFixed(1).padStart(7)} s`;
  const say = (line: string): void => {
    if (!json) process.stdout.write(`${live ? CLEAR_LINE : ''}${elapsed()}  ${line}\n`);
  };
  const show = (look: Look): void => {
    if (live)
      process.stdout.write(
        `${CLEAR_LINE}${cut(`${elapsed()}  … ${printable(nowText(look), 500)}`, columnsOf() ?? 120)}`,
      );
  };
  try {
    if (!json) process.stdout.write(`${first}\n`);
    const look = await followRun(client.workflow.getHandle(workflowId), {
      say,
      show,
      onGate: async (gate, status) => {
        for (const decision of offeredDecisions(gate, status))
          say(
            `${gate.phase.padEnd(16)} to ${WORDS[decision.action]}: ${asCalled(clientCommand(workflowId, decision))}`,
          );
      },
    });
    if (live) process.stdout.write(CLEAR_LINE);
    const state = look?.status.state ?? 'unknown';
    if (json) process.stdout.write(`${JSON.stringify(look?.status ?? { workflowId, runId }, null, 2)}\n`);
    else process.stdout.write(`${endText(look)}\n`);
    return state === 'completed' ? EXIT.ok : EXIT.failed;
  } finally {
    await client.connection.close();
  }
}

function nowText(look: Look): string {
  const { status } = look;
  const gates = status.openGates.map(({ phase, gate }) => `${phase}/${gate}`);
  const running = status.phases.find(({ state }) => state === 'running')?.key;
  const work = checkoutText(look.live?.checkoutMs ?? null) || `attempt ${look.live?.attempt ?? 1}`;
  const busy = running === undefined ? status.state : `${running}, ${work}`;
  const where = gates.length > 0 ? `waits at ${gates.join(', ')}` : busy;
  return `${where} · ${costText(look)}`;
}

function endText(look: Look | null): string {
  if (look === null) return 'The run has ended; it never answered.';
  const { state, failure } = look.status;
  return [
    `The run is ${state}.`,
    ...(failure ? [failureLines(failure.code, failure.message)] : []),
    costText({ ...look, live: null }),
  ].join('\n');
}
