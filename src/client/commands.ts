import type { Command } from './command.js';
import { consent } from './consent.js';
import { control } from './control.js';
import { decide } from './decide.js';
import { doctor } from './doctor/doctor.js';
import { events } from './events.js';
import { list } from './list.js';
import { prune } from './prune.js';
import { rebuild } from './rebuild.js';
import { reconcile } from './reconcile.js';
import { report } from './report.js';
import { reset } from './reset.js';
import { start } from './start.js';
import { status } from './status.js';
import { verify } from './verify.js';

/** The commands of the client, in the order in which its help shows them. */
export const commands: Readonly<Record<string, Command>> = {
  start,
  list,
  status,
  events,
  report,
  approve: decide('approve'),
  reject: decide('reject'),
  'request-changes': decide('requestChanges'),
  abort: decide('abort'),
  pause: control('pause'),
  resume: control('resume'),
  retry: control('retry'),
  skip: control('skip'),
  reset,
  consent,
  reconcile,
  verify,
  rebuild,
  prune,
  doctor,
};
