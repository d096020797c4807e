import { PhasegateError } from '../../domain/failures.js';
import { transcriptText } from '../../domain/record/transcript.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { printableLines } from '../command-line/printable.js';
import { withMirror } from '../command-line/with-mirror.js';

/** `transcript W [PHASE]`: what the model and the tools said in a run's phases. */
export const transcript = defineCommand({
  usage: 'W [PHASE] [--full]',
  about: 'what the model and its tools said, by workflow id or run id; of one phase, or of all',
  words: ['workflow id or run id'],
  moreWords: ['phase'],
  options: { full: { type: 'boolean', about: 'do not cut texts, arguments and results' } },
  run: async ({ json, full }, [id = '', phase]) => {
    const found = await withMirror(async (mirror) => {
      const run = await mirror.findRun(id);
      if (run === null) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
      return (await mirror.listConversations(run.runId)).filter(
        ({ threadId }) => phase === undefined || isOf(threadId, phase),
      );
    });
    const none = `no conversation is kept${phase === undefined ? '' : ` of phase ${phase}`}: it has not begun, or was deleted (PHASEGATE_KEEP_CONVERSATIONS)`;
    print(
      json,
      found,
      found.length === 0 ? none : printableLines(found.map((one) => transcriptText(one, full === true)).join('\n\n')),
    );
    return EXIT.ok;
  },
});

/** After a reset the name of a conversation is the phase and the id of the execution. */
function isOf(threadId: string, phase: string): boolean {
  return /:phase:([^:]+)/.exec(threadId)?.[1] === phase;
}
