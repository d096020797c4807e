import { PhasegateError } from '../../domain/failures.js';
import { diffRange } from '../../domain/record/diff-range.js';
import type { RunStatus } from '../../domain/run-status.js';
import { runDiff } from '../../upkeep/run-diff.js';
import { coloured } from '../command-line/colour.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printable, printableLines } from '../command-line/printable.js';
import { withRun } from '../command-line/with-client.js';
import { withMirror } from '../command-line/with-mirror.js';

/** `diff W`: what the run changed in the repository, as git has it. It needs the repository on this machine. */
export const diff = defineCommand({
  usage: 'W [--since REQUEST]',
  about: 'what the run changed since the last request for changes, as git has it',
  words: ['workflow id or run id'],
  options: {
    since: {
      type: 'string',
      value: 'REQUEST',
      about: 'begin: all of it; a number: since that request for changes, from 1',
    },
  },
  run: async ({ since, json }, [id = '']) => {
    const { run, events } = await withMirror(async (mirror) => {
      const found = await mirror.findRun(id);
      if (found === null) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
      return { run: found, events: await mirror.readEvents(found.runId) };
    });
    if (run.repoPath === null || run.baseCommit === null)
      throw new PhasegateError('artifact_not_there', `${run.workflowId} has no plan, and so no branch`);
    const recorded = events.flatMap(({ type, payload }) =>
      type === 'changes_committed' && typeof payload.sha === 'string' ? [payload.sha] : [],
    );
    const shas = (await commitsOf(run.workflowId, run.runId)) ?? recorded;
    const range = diffRange({ base: run.baseCommit, shas }, events, since);
    const { patch, cut } = await runDiff(run.repoPath, range.from, range.to);
    const head = coloured(
      'dim',
      `# ${printable(range.about, 300)} (${range.from.slice(0, 12)}..${range.to.slice(0, 12)})`,
    );
    const lines = patch === '' ? ['no file changed'] : printableLines(patch).split('\n').map(colouredLine);
    print(json, { ...range, patch, cut }, [head, ...lines, ...(cut ? ['… cut'] : [])].join('\n'));
    return EXIT.ok;
  },
});

/** The commits that count, as the run itself says: after a reset the mirror has more. Null where it does not answer. */
async function commitsOf(workflowId: string, runId: string): Promise<string[] | null> {
  try {
    const status = await withRun(workflowId, (handle) => handle.query<RunStatus>('status'));
    return status.run.runId === runId ? status.commits.map(({ sha }) => sha) : null;
  } catch {
    return null;
  }
}

function colouredLine(line: string): string {
  if (/^(diff|index|---|\+\+\+|rename|similarity|new file|deleted file) /.test(line)) return coloured('bold', line);
  if (line.startsWith('@@')) return coloured('cyan', line);
  if (line.startsWith('+')) return coloured('green', line);
  return line.startsWith('-') ? coloured('red', line) : line;
}
