import { endText, secondsText } from '../../domain/check/check-text.js';
import type { CheckRun } from '../../domain/check/check-run.js';
import { PhasegateError } from '../../domain/failures.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable, printableLines } from '../command-line/printable.js';
import { coloured } from '../command-line/colour.js';
import { withMirror } from '../command-line/with-mirror.js';

const OUTCOMES: Readonly<Record<CheckRun['outcome'], string>> = {
  passed: '✓ passed',
  failed: '✗ failed',
  flaky: '~ flaky: green when repeated',
  already_failing: '✗ already failing at the base commit',
};
/** The end of an output says what was wrong. */
const TAIL_LINES = 20;

/** `checks W [PHASE]`: every command of the repository that ran, with its output where it was not green. */
export const checks = defineCommand({
  usage: 'W [PHASE] [--output]',
  about: 'the checks of a run, with the end of the output of those that are not green',
  words: ['workflow id or run id'],
  moreWords: ['phase'],
  options: { output: { type: 'boolean', about: 'all of the output of every command' } },
  run: async ({ json, output = false }, [id = '', phase]) => {
    const runs = await withMirror(async (mirror) => {
      const run = await mirror.findRun(id);
      if (run === null) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
      return (await mirror.listCheckRuns(run.runId)).filter(
        ({ phaseKey }) => phase === undefined || phaseKey === phase,
      );
    });
    const none = `nothing was run${phase === undefined ? '' : ` in phase ${phase}`}`;
    print(json, runs, runs.length === 0 ? none : runs.map((run) => checkText(run, output)).join('\n'));
    return EXIT.ok;
  },
});

function checkText(run: CheckRun, all: boolean): string {
  const { phaseKey, round, attempt, kind, name, command, outcome, durationMs, expect } = run;
  const place = `${phaseKey}${round > 1 ? ` round ${round}` : ''} attempt ${attempt}`;
  const what = { setup: '', check: 'check ', base: 'at the base commit: ' }[kind];
  const isGreen = outcome === 'passed';
  const said = coloured(isGreen ? 'green' : outcome === 'failed' ? 'red' : 'yellow', OUTCOMES[outcome]);
  const end = `${endText(run)}${expect === 'fail' ? ', must be red' : ''}, ${secondsText(durationMs)}`;
  const head = `${place}  ${what}${printable(name, 60)}  ${said}  (${end})\n    $ ${printable(command, 200)}`;
  const lines = printableLines(run.output).trimEnd().split('\n');
  if (run.output.trim() === '' || (isGreen && !all)) return head;
  const shown = all ? lines : lines.slice(-TAIL_LINES);
  const more = lines.length - shown.length;
  return [
    head,
    ...(more > 0 ? [`    … ${more} more lines: --output`] : []),
    ...shown.map((line) => `    ${line}`),
  ].join('\n');
}
