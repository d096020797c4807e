import { parseArgs } from 'node:util';
import { readConfig } from '../config.js';
import { PhasegateError } from '../domain/failures.js';
import { reportMarkdown } from '../domain/report-markdown.js';
import { openMirror } from '../mirror/mirror.js';
import { onlyPositional } from './arguments.js';
import { print } from './output.js';

/** `report W`: the report of an ended run, out of the mirror: no access to the worker's disk is needed (S27). */
export async function report(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
  const id = onlyPositional(positionals, 'workflow id or run id');
  const mirror = openMirror(readConfig(process.env, ['databaseUrl']).databaseUrl);
  try {
    const found = await mirror.readReport(id);
    if (found === undefined) throw new PhasegateError('run_not_found', `the mirror has no run ${id}`);
    if (found === null) throw new PhasegateError('run_not_found', `run ${id} has not ended yet: there is no report`);
    print(values.json, found, reportMarkdown(found));
    return 0;
  } finally {
    await mirror.close();
  }
}
