import { consent } from './consent.js';
import { control } from './control.js';
import { decide } from './decide.js';
import { report } from './report.js';
import { start } from './start.js';
import { status } from './status.js';

/** A command of the client. */
export interface Command {
  usage: string;
  about: string;
  /** @returns the exit code: 0 done, 1 failed, 2 wrong usage */
  run(args: string[]): Promise<number>;
}

export const commands: Record<string, Command> = {
  start: { usage: '--template T --repo PATH --requirements FILE [--id W] …', about: 'start a run; see --help', run: start },
  status: { usage: 'W [--json]', about: 'where a run stands', run: status },
  approve: { usage: 'W [--phase P] [--gate G] [--by NAME] [--comment TEXT]', about: 'approve the open gate', run: decide('approve') },
  reject: { usage: 'W [--phase P] [--gate G] [--by NAME] [--comment TEXT]', about: 'reject the open gate', run: decide('reject') },
  abort: { usage: 'W [--by NAME] [--comment TEXT]', about: 'abort the run', run: decide('abort') },
  'request-changes': { usage: 'W --comment TEXT [--phase P] [--gate G] [--by NAME]', about: 'have the phase work on its artifact again', run: decide('requestChanges') },
  pause: { usage: 'W [--by NAME]', about: 'hold before the next phase', run: control('pause') },
  resume: { usage: 'W [--by NAME]', about: 'go on after a pause', run: control('resume') },
  retry: { usage: 'W [--comment TEXT] [--budget-usd N]', about: 'try the failed phase of a parked run again', run: control('retry') },
  skip: { usage: 'W [--comment TEXT]', about: 'go on without the failed phase, where the template allows it', run: control('skip') },
  report: { usage: 'W [--json]', about: 'the report of an ended run', run: report },
  consent: { usage: 'PERSONA [--by NAME]', about: "consent to a persona's present content", run: consent },
  help: { usage: '', about: 'this text', run: () => Promise.resolve(0) },
};
