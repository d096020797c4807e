import { setTimeout as sleep } from 'node:timers/promises';
import { PhasegateError } from '../../domain/failures.js';
import type { EventFacts } from '../../domain/record/report-facts.js';
import { isTerminal } from '../../domain/run-state.js';
import type { Mirror } from '../../mirror/types.js';
import { readCount } from '../command-line/arguments.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { printable } from '../command-line/printable.js';
import { withMirror } from '../command-line/with-mirror.js';

const PAGE = 500;
const POLL_MS = 500;

/**
 * `events W`: what happened in a run, from the mirror, in order. With `--follow` it goes on until the run has ended.
 */
export const events = defineCommand({
  usage: 'W [--follow] [--after SEQ]',
  about: 'what happened in a run, from the mirror; --json gives one object a line',
  words: ['workflow id or run id'],
  options: {
    follow: { type: 'boolean', short: 'f', about: 'go on until the run has ended' },
    after: { type: 'string', value: 'SEQ', about: 'only events after this number' },
  },
  run: async ({ follow = false, after, json }, [id = '']) => {
    let seq = readCount(after, '--after', 0, 0);
    const show = (event: EventFacts): void =>
      void process.stdout.write(`${json ? JSON.stringify(event) : eventText(event)}\n`);
    await withMirror(async (mirror) => {
      const runId = await findRun(mirror, id, follow);
      for (;;) {
        // this is asked before its events are read: a run that has ended gets no more
        const ended = isEnded(await mirror.findRun(runId));
        seq = await showNew(mirror, runId, seq, show);
        if (!follow || ended) return;
        await sleep(POLL_MS);
      }
    });
    return EXIT.ok;
  },
});

/** With `--follow` it waits for a run that the mirror does not know yet, because the run may just have been started. */
async function findRun(mirror: Mirror, id: string, wait: boolean): Promise<string> {
  for (let tries = 1; ; tries++) {
    const run = await mirror.findRun(id);
    if (run) return run.runId;
    if (!wait || tries > 20) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
    await sleep(POLL_MS);
  }
}

async function showNew(
  mirror: Mirror,
  runId: string,
  after: number,
  show: (event: EventFacts) => void,
): Promise<number> {
  for (let seq = after; ;) {
    const page = await mirror.listEvents(runId, seq, PAGE);
    page.forEach(show);
    seq = page.at(-1)?.seq ?? seq;
    if (page.length < PAGE) return seq;
  }
}

function isEnded(run: Awaited<ReturnType<Mirror['findRun']>>): boolean {
  return run !== null && isTerminal(run.state);
}

function eventText({ seq, ts, type, phaseKey, payload }: EventFacts): string {
  return `${String(seq).padStart(5)}  ${ts}  ${type.padEnd(20)} ${(phaseKey ?? '').padEnd(16)} ${printable(JSON.stringify(payload), 300)}`;
}
