import { PhasegateError } from '../../domain/failures.js';
import { reportMarkdown } from '../../domain/record/report-markdown.js';
import { defineCommand } from '../command-line/command.js';
import { EXIT } from '../command-line/exit-codes.js';
import { print } from '../command-line/output.js';
import { withMirror } from '../command-line/with-mirror.js';

/** `report W`: the report of a run that has ended, from the mirror. It needs no access to the worker's disk (S27). */
export const report = defineCommand({
  usage: 'W',
  about: 'the report of an ended run, by its workflow id or run id',
  words: ['workflow id or run id'],
  options: {},
  run: async ({ json }, [id = '']) => {
    const found = await withMirror((mirror) => mirror.readReport(id));
    if (found === undefined) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
    if (found === null) throw new PhasegateError('run_not_found', `run ${id} has not ended yet: there is no report`);
    print(json, found, reportMarkdown(found));
    return EXIT.ok;
  },
});
